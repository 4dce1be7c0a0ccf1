import type { Channel } from 'amqplib'
import { z } from 'zod'
import type { FaultName } from '../faults/catalogue.ts'
import type { OrderNames, Switchboard } from '../faults/switchboard.ts'
import { names } from '../names/names.ts'
import type { LongSpan } from '../telemetry/long-span.ts'

const TRACE = ['traceparent', 'tracestate']
const CONTEXT = [...TRACE, 'baggage']

/** Headers that one side leaves aside, for messages of these types. */
interface Left {
  readonly fault: FaultName
  readonly of: (type: string) => boolean
  readonly headers: readonly string[]
}

const exactly = (type: string) => (given: string) => given === type
const isPrice = exactly('order.status.price_calculated')
const isMade = (type: string) => type.startsWith('order.status.') && !isPrice(type)

const NOT_READ: readonly Left[] = [
  { fault: 'context-not-extracted', of: exactly('order.submitted'), headers: CONTEXT },
  { fault: 'approval-context-not-extracted', of: exactly('order.approved'), headers: CONTEXT },
  { fault: 'price-context-not-extracted', of: isPrice, headers: CONTEXT },
  { fault: 'status-context-not-extracted', of: isMade, headers: CONTEXT },
]

const NOT_SENT: readonly Left[] = [
  { fault: 'submitted-without-context', of: exactly('order.submitted'), headers: TRACE },
  { fault: 'approval-without-context', of: exactly('order.approved'), headers: TRACE },
  { fault: 'price-without-context', of: isPrice, headers: TRACE },
  { fault: 'status-without-context', of: isMade, headers: TRACE },
  { fault: 'mark-not-forwarded', of: exactly('order.submitted'), headers: ['baggage', 'synthetic'] },
]

const properties = z.object({ type: z.string().transform(names.talk.hear), headers: z.record(z.string(), z.unknown()) })
const named = z.object({ orderId: z.string(), externalReference: z.string() })

/**
 * Stands between the client library and the instrumentation, where a library that does not read the trace headers, or does not hand them on,
 * would sit: the spans of sending and receiving are made as ever.
 */
export function arrangeHeaders(channel: Channel, switches: Switchboard, loop: LongSpan): void {
  between(channel, 'dispatchMessage', ([, message]) => {
    if (message === null || typeof message !== 'object') return
    const told = Reflect.get(message, 'properties')
    leaveAside(told, Reflect.get(message, 'content'), NOT_READ, switches)
    joinLoop(told, Reflect.get(message, 'content'), switches, loop)
  })
  between(channel, 'sendMessage', ([, told, content]) => leaveAside(told, content, NOT_SENT, switches))
}

/** Has `look` see the arguments of every call of a method of the library before the library does. */
function between(channel: Channel, method: string, look: (given: readonly unknown[]) => void): void {
  const original: unknown = Reflect.get(channel, method)
  if (typeof original !== 'function') throw new TypeError(`this version of the client library has no ${method}`)
  Reflect.set(channel, method, (...given: unknown[]): unknown => {
    look(given)
    return Reflect.apply(original, channel, given)
  })
}

function leaveAside(told: unknown, content: unknown, table: readonly Left[], switches: Switchboard): void {
  if (switches.list().length === 0) return
  const read = properties.safeParse(told)
  if (!read.success) return
  const order = orderOf(content)
  for (const { fault, of, headers } of table) {
    if (!of(read.data.type) || !switches.active(fault, order)) continue
    // The library derives the headers it sends from those it was given.
    for (let held: unknown = Reflect.get(Object(told), 'headers'); isOwn(held); held = Reflect.getPrototypeOf(held)) {
      for (const name of headers) Reflect.deleteProperty(held, names.messageHeader.say(name))
    }
  }
}

const isOwn = (held: unknown): held is object => typeof held === 'object' && held !== null && held !== Object.prototype

/** A consumer whose loop runs inside a span of its own takes that for the parent, whatever came with the message. */
function joinLoop(told: unknown, content: unknown, switches: Switchboard, loop: LongSpan): void {
  const read = properties.safeParse(told)
  if (!read.success || read.data.type !== 'order.submitted') return
  if (!switches.active('orders-consumed-in-one-span', orderOf(content))) return
  Reflect.set(Object(Reflect.get(Object(told), 'headers')), 'traceparent', loop.traceparent())
}

function orderOf(content: unknown): OrderNames {
  if (!Buffer.isBuffer(content)) return {}
  try {
    const order = named.safeParse(names.document.hear(JSON.parse(content.toString('utf8'))))
    return order.success ? { orderId: order.data.orderId, reference: order.data.externalReference } : {}
  } catch {
    return {}
  }
}
