import { context, trace } from '@opentelemetry/api'
import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import type { z } from 'zod'
import type { Log } from '../service/log.ts'
import { enterOrder } from '../telemetry/order-scope.ts'
import { recordFailure } from '../telemetry/spans.ts'
import type { OrderMessage } from './messages.ts'
import type { QueueName } from './topology.ts'

/** What is done with the messages of one queue. */
export interface Subscription {
  readonly queue: QueueName
  /**
   * Called for each whole, valid message, which is acknowledged when it returns or by `acknowledge` before; a throw sends it round the retry queue.
   * `closed` tells that the channel it came on is gone.
   */
  readonly handle: (
    body: unknown,
    message: ConsumeMessage,
    closed: AbortSignal,
    acknowledge: () => void,
  ) => Promise<void>
}

/** A channel, and the sign that it is gone. */
export interface LiveChannel {
  readonly channel: ConfirmChannel
  readonly closed: AbortSignal
}

/** What a handler throws to have the message put back into the queue it came from. */
export class TryAgain extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'TryAgain'
  }
}

/** A subscription whose handler gets the parsed message, inside the order it is about. */
export function subscription<M extends OrderMessage>(
  queue: QueueName,
  schema: z.ZodType<M>,
  handle: (message: M, delivered: ConsumeMessage, closed: AbortSignal, acknowledge: () => void) => Promise<void>,
): Subscription {
  return {
    queue,
    handle: async (body, delivered, closed, acknowledge) => {
      const { properties } = delivered
      const message = schema.parse(body)
      const event = typeof properties.type === 'string' ? properties.type : 'order.message'
      const facts = {
        orderId: message.orderId,
        reference: message.externalReference,
        endUser: message.customerId,
        synthetic: message.synthetic,
        ...('status' in message ? { status: message.status } : {}),
      }
      await context.with(enterOrder(event, facts), () => handle(message, delivered, closed, acknowledge))
    },
  }
}

/** Settles one delivery: acknowledged when the handler is through, rejected when it throws, and put back only by `TryAgain`. */
export async function deliver(
  { channel, closed }: LiveChannel,
  message: ConsumeMessage,
  to: Subscription,
  log: Log,
): Promise<void> {
  const span = trace.getActiveSpan()
  const { messageId, correlationId } = message.properties
  let acknowledged = false
  const acknowledge = () => {
    if (!acknowledged) channel.ack(message)
    acknowledged = true
  }
  try {
    await to.handle(JSON.parse(message.content.toString('utf8')), message, closed, acknowledge)
    acknowledge()
  } catch (error) {
    recordFailure(span, error)
    log.error({ err: error, queue: to.queue, messageId, orderId: correlationId }, 'message failed')
    if (acknowledged) return
    try {
      channel.nack(message, false, error instanceof TryAgain)
    } catch {
      // The channel is gone, and the broker delivers the message again by itself.
    }
  }
}
