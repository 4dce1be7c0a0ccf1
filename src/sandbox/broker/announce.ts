import { withAttributes } from '../telemetry/order-scope.ts'
import { inSpan } from '../telemetry/spans.ts'
import type { Broker } from './broker.ts'
import type { OrderMessage } from './messages.ts'
import type { MessageHeaders } from './publish.ts'
import type { ExchangeName } from './topology.ts'

/** Tells the other side about an order; the routing key is also the name of the event. */
export type Announce = (
  exchange: ExchangeName,
  key: string,
  message: OrderMessage,
  headers?: MessageHeaders,
) => Promise<void>

/** Publishes inside an `order.announce` span and returns when the broker has confirmed. */
export function createAnnounce(broker: Pick<Broker, 'publish'>): Announce {
  return (exchange, key, message, headers) =>
    withAttributes({ 'event.name': key }, () =>
      inSpan('order.announce', {}, () => broker.publish(exchange, key, message, headers)),
    )
}
