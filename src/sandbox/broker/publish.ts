import { randomUUID } from 'node:crypto'
import type { ConfirmChannel } from 'amqplib'
import type { OrderMessage } from './messages.ts'

/** Headers of a message, by name. */
export type MessageHeaders = Readonly<Record<string, string>>

/** Where a message goes and who says what. */
export interface Envelope {
  readonly exchange: string
  /** Routing key; also the event's name, the AMQP `type`. */
  readonly key: string
  /** The AMQP `appId`. */
  readonly service: string
  /** What the message's head says beside the usual. */
  readonly headers?: MessageHeaders | undefined
}

/** Publishes one persistent message and resolves when the broker has confirmed it. */
export function publishOn(channel: ConfirmChannel, envelope: Envelope, message: OrderMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error('the channel closed before the broker confirmed the message'))
    channel.once('close', closed)
    channel.publish(
      envelope.exchange,
      envelope.key,
      Buffer.from(JSON.stringify(message)),
      {
        persistent: true,
        contentType: 'application/json',
        messageId: randomUUID(),
        correlationId: message.orderId,
        type: envelope.key,
        timestamp: Math.floor(Date.now() / 1000),
        appId: envelope.service,
        headers: {
          'order-id': message.orderId,
          ...(message.synthetic ? { synthetic: '1' } : {}),
          ...envelope.headers,
        },
      },
      (error: unknown) => {
        channel.off('close', closed)
        if (error === null || error === undefined) resolve()
        else reject(error instanceof Error ? error : new Error('the broker refused the message'))
      },
    )
  })
}
