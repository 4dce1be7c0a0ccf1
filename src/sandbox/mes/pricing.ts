import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, context, trace } from '@opentelemetry/api'
import type { Announce } from '../broker/announce.ts'
import type { Log } from '../service/log.ts'
import { enterOrder } from '../telemetry/order-scope.ts'
import { inSpan, settingStatus } from '../telemetry/spans.ts'
import { resumeFrom, type StoredContext } from '../telemetry/stored-context.ts'
import { UnreadableModel } from './model/unreadable-model.ts'
import type { MesOrder, MesOrders } from './orders.ts'
import { calculatePrice, type Price, type PriceParts } from './price.ts'

const ATTEMPTS = 3
const BACK_OFF_MS = 150
const AT_ONCE = 16

export interface PricingParts extends PriceParts {
  readonly orders: MesOrders
  readonly announce: Announce
  readonly log: Log
}

/** The pricing worker. It runs after the message is acknowledged, a few orders at a time. */
export interface Pricing {
  /** Prices the order in the trace of the active context. */
  start(order: MesOrder): void
  /** Prices the order and returns when that is through; rejects when the signal breaks it off. */
  finish(order: MesOrder, signal: AbortSignal): Promise<void>
  /** Takes up the orders an earlier life of this process left without a price; each in a trace of its own, linked to the first. */
  resume(): Promise<void>
  stop(): Promise<void>
}

/** Creates the worker. Orders being priced when it stops are taken up by the next start. */
export function createPricing(parts: PricingParts): Pricing {
  const { orders, log } = parts
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const waiting: (() => Promise<void>)[] = []

  const next = () => {
    while (running.size < AT_ONCE && !stopping.signal.aborted) {
      const work = waiting.shift()
      if (work === undefined) return
      const done = work().finally(() => {
        running.delete(done)
        next()
      })
      running.add(done)
    }
  }

  const enqueue = (order: MesOrder, within: Context) => {
    const scope = scopeFor(order, within)
    waiting.push(async () => {
      try {
        await context.with(scope, () => priceOrder(parts, order, stopping.signal))
      } catch (error) {
        if (!stopping.signal.aborted) log.error({ err: error, orderId: order.orderId }, 'pricing failed')
      }
    })
    // After the caller has acknowledged the message.
    setImmediate(next)
  }

  const takeUp = async (order: MesOrder & StoredContext) => {
    const { base, links } = resumeFrom(order)
    await inSpan('price.resume', { base: scopeFor(order, base), links }, async () => enqueue(order, context.active()))
  }

  return {
    start: (order) => enqueue(order, context.active()),
    async finish(order, signal) {
      const either = AbortSignal.any([stopping.signal, signal])
      await context.with(scopeFor(order, context.active()), () => priceOrder(parts, order, either))
      either.throwIfAborted()
    },
    async resume() {
      for (const order of await orders.unpriced()) await takeUp(order)
    },
    async stop() {
      stopping.abort()
      await Promise.allSettled(running)
    },
  }
}

/** The span of the message or request ends before the price is known: it stays the parent and is told nothing more. */
function scopeFor({ orderId, reference, customerId, synthetic }: MesOrder, within: Context): Context {
  const facts = { orderId, reference, status: 'SUBMITTED', endUser: customerId, synthetic }
  const scope = enterOrder('price.calculate', facts, trace.deleteSpan(within))
  const parent = trace.getSpan(within)
  return parent === undefined ? scope : trace.setSpan(scope, parent)
}

async function priceOrder(parts: PricingParts, order: MesOrder, signal: AbortSignal): Promise<void> {
  const price = await tryToPrice(parts, order, signal)
  if (price === undefined) return
  const { orderId, reference } = order
  if (parts.switches.active('price-not-stored', { orderId, reference })) return
  await settlePrice(parts, order, price)
}

/** Undefined when there is no price to store: given up, stopped, or somebody else's by now. */
async function tryToPrice(parts: PricingParts, order: MesOrder, signal: AbortSignal): Promise<Price | undefined> {
  const { orders, log } = parts
  const { orderId, model } = order
  const about = { 'file.size': model.size, 'file.type': model.type }
  while (!signal.aborted) {
    const attempt = await orders.beginAttempt(orderId)
    if (attempt === undefined) return undefined
    try {
      const attributes = { ...about, 'price.attempt': attempt, 'price.attempts': ATTEMPTS }
      return await inSpan('price.calculate', { attributes }, () => calculatePrice(parts, order, attempt, signal))
    } catch (error) {
      if (signal.aborted) {
        await orders.returnAttempt(orderId)
        return undefined
      }
      const final = error instanceof UnreadableModel || attempt >= ATTEMPTS
      log.error({ err: error, orderId, attempt, final }, 'price could not be worked out')
      if (final) {
        await orders.saveError(orderId, error instanceof Error ? error.message : String(error))
        return undefined
      }
      await sleep(BACK_OFF_MS * attempt, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}

async function settlePrice(parts: PricingParts, order: MesOrder, price: Price): Promise<void> {
  const { orders, announce, storage, switches, log } = parts
  const { orderId, reference, customerId, synthetic } = order
  const row = await settingStatus('PRICE_CALCULATED', () => orders.savePrice(orderId, price.cents, price.triangles))
  if (row === undefined) {
    log.warn({ orderId }, 'the order changed while it was priced; the price is left aside')
    return
  }
  await announce('manufacturing', 'order.status.price_calculated', {
    orderId,
    externalReference: reference,
    customerId,
    synthetic,
    at: new Date().toISOString(),
    status: 'PRICE_CALCULATED',
    priceCents: price.cents,
  })
  if (switches.active('model-cleared-away', { orderId, reference })) await storage.remove(order.model)
  log.info({ orderId, triangles: price.triangles }, 'order priced')
}
