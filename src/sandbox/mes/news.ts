import { context } from '@opentelemetry/api'
import type { Announce } from '../broker/announce.ts'
import type { OrderMessage } from '../broker/messages.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { Switchboard } from '../faults/switchboard.ts'

const PRICE = 'order.status.price_calculated'
const COMPLETED = 'order.status.manufacturing_completed'
const PACKAGING = 'order.status.packaging'
const PARTNER = 'partner.order.created'

const LEFT_OUT: Readonly<Record<string, FaultName>> = {
  [PRICE]: 'price-not-published',
  [COMPLETED]: 'status-left-out',
  [PARTNER]: 'partner-order-not-announced',
}

/** What MES tells the CRM, with what may go wrong before a message is made. */
export function createNews(announce: Announce, switches: Switchboard): Announce {
  const waiting = new Map<string, () => Promise<void>>()
  return async (exchange, key, told) => {
    const { orderId } = told
    const is = (name: FaultName) => switches.active(name, { orderId, reference: told.externalReference })
    const message = is('price-in-other-unit') ? inEuros(told) : told
    const leftOut = LEFT_OUT[key]
    if (leftOut !== undefined && is(leftOut)) return
    if (key === COMPLETED && is('status-out-of-order')) {
      waiting.set(
        orderId,
        context.bind(context.active(), () => announce(exchange, key, message)),
      )
      return
    }
    const wrong = key === PRICE ? is('price-wrong-key') : key !== PARTNER && is('status-wrong-key')
    await announce(exchange, wrong ? key.replace('order.status.', 'order.') : key, message)
    if (key === PARTNER && is('partner-order-announced-twice')) await announce(exchange, key, message)
    if (key !== PACKAGING) return
    await waiting.get(orderId)?.()
    waiting.delete(orderId)
  }
}

/** The same message of a version that counts in euros. */
const inEuros = (message: OrderMessage): OrderMessage =>
  'priceCents' in message && message.priceCents !== null
    ? { ...message, priceCents: Math.round(message.priceCents / 100) }
    : message
