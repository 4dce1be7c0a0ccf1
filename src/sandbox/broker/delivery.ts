import { context, trace } from '@opentelemetry/api'
import type { Channel, ConsumeMessage } from 'amqplib'
import type { z } from 'zod'
import type { Log } from '../service/log.ts'
import { enterOrder } from '../telemetry/order-scope.ts'
import { recordFailure } from '../telemetry/spans.ts'
import type { OrderMessage } from './messages.ts'
import type { QueueName } from './topology.ts'

/** What is done with the messages of one queue. */
export interface Subscription {
  readonly queue: QueueName
  /** Called for each whole, valid message; a throw sends it round the retry queue. */
  readonly handle: (body: unknown, message: ConsumeMessage) => Promise<void>
  /** Called with the channel before the subscription is made. */
  readonly prepare?: (channel: Channel) => void
}

/** A subscription whose handler gets the parsed message, inside the order it is about. */
export function subscription<M extends OrderMessage>(
  queue: QueueName,
  schema: z.ZodType<M>,
  handle: (message: M) => Promise<void>,
  prepare?: (channel: Channel) => void,
): Subscription {
  return {
    queue,
    handle: async (body, { properties }) => {
      const message = schema.parse(body)
      const event = typeof properties.type === 'string' ? properties.type : 'order.message'
      const facts = {
        orderId: message.orderId,
        reference: message.externalReference,
        endUser: message.customerId,
        synthetic: message.synthetic,
        ...('status' in message ? { status: message.status } : {}),
      }
      await context.with(enterOrder(event, facts), () => handle(message))
    },
    ...(prepare === undefined ? {} : { prepare }),
  }
}

/** Settles one delivery: acknowledged when the handler is through, rejected without requeue when it throws. */
export async function deliver(channel: Channel, message: ConsumeMessage, to: Subscription, log: Log): Promise<void> {
  const span = trace.getActiveSpan()
  const { messageId, correlationId } = message.properties
  try {
    await to.handle(JSON.parse(message.content.toString('utf8')), message)
    channel.ack(message)
  } catch (error) {
    recordFailure(span, error)
    log.error({ err: error, queue: to.queue, messageId, orderId: correlationId }, 'message failed')
    try {
      channel.nack(message, false, false)
    } catch {
      // The channel is gone, and the broker delivers the message again by itself.
    }
  }
}
