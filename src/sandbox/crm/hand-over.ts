import { setTimeout as sleep } from 'node:timers/promises'
import { context, ROOT_CONTEXT } from '@opentelemetry/api'
import type { Announce } from '../broker/announce.ts'
import type { MessageHeaders } from '../broker/publish.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { OrderNames, Switchboard } from '../faults/switchboard.ts'
import type { Log } from '../service/log.ts'
import type { Speed } from '../service/settings.ts'
import { enterOrder } from '../telemetry/order-scope.ts'
import { inSpan, settingStatus } from '../telemetry/spans.ts'
import { resumeFrom } from '../telemetry/stored-context.ts'
import type { CrmOrders, WaitingOrder } from './orders.ts'

const POLL_MS: Readonly<Record<Speed, number>> = { fast: 100, realistic: 2_000 }

export interface HandOverParts {
  readonly orders: CrmOrders
  readonly announce: Announce
  readonly switches: Switchboard
  readonly log: Log
  readonly speed: Speed
}

/** Finds placed orders in the shared Shop DB and hands them to manufacturing. Stop waits for the order in hand. */
export function startHandOver(parts: HandOverParts): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const running = context.with(ROOT_CONTEXT, () => poll(parts, stopping.signal))
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function poll(parts: HandOverParts, signal: AbortSignal): Promise<void> {
  const stands = (order: OrderNames) => parts.switches.active('crm-reader-stops', order)
  while (!signal.aborted) {
    try {
      for (const order of stands({}) ? [] : await parts.orders.waiting()) {
        if (signal.aborted) break
        if (stands(order)) continue
        await handOver(parts, order)
      }
    } catch (error) {
      parts.log.error({ err: error }, 'the look for new orders failed')
    }
    await sleep(POLL_MS[parts.speed], undefined, { signal }).catch(() => {})
  }
}

/** Takes one row: a trace of its own that links to the one in which the customer placed the order. */
async function handOver(parts: HandOverParts, order: WaitingOrder): Promise<void> {
  const { orders, switches, log } = parts
  const { orderId, reference, customerId, synthetic } = order
  const { base, links } = resumeFrom(order)
  const scope = enterOrder(
    'order.take',
    { orderId, reference, status: 'SUBMITTED', endUser: customerId, synthetic },
    base,
  )
  try {
    await inSpan('order.take', { base: scope, links }, async () => {
      const taken = await settingStatus('SUBMITTED', () => orders.take(orderId))
      if (taken === undefined) return
      if (!switches.active('crm-takes-without-publishing', order)) await announceOrder(parts, order)
      await orders.announced(orderId)
      log.info({ orderId }, 'order taken')
    })
  } catch (error) {
    log.error({ err: error, orderId }, 'order could not be handed over; it will be tried again')
  }
}

/** Tells manufacturing about a new order (H5). */
async function announceOrder({ orders, announce, switches }: HandOverParts, order: WaitingOrder): Promise<void> {
  const { orderId, reference, customerId, synthetic, model } = order
  const on = (name: FaultName) => switches.active(name, order)
  const message = {
    orderId,
    externalReference: reference,
    customerId,
    synthetic: synthetic && !on('mark-not-forwarded'),
    at: new Date().toISOString(),
    model,
  }
  const headers = on('personal-data-in-headers') ? await customerHeaders(orders, orderId) : {}
  const tell = () =>
    announce('orders', on('submitted-wrong-key') ? 'order.placed' : 'order.submitted', message, headers)
  await tell()
  if (on('submitted-twice')) await tell()
}

async function customerHeaders(orders: CrmOrders, orderId: string): Promise<MessageHeaders> {
  const { name, email } = await orders.customer(orderId)
  return { 'customer-name': name, 'customer-email': email }
}
