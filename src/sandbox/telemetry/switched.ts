import type { Attributes } from '@opentelemetry/api'
import type { FaultName } from '../faults/catalogue.ts'
import type { OrderNames, Switchboard } from '../faults/switchboard.ts'
import { followClock } from './machine-clock.ts'

let board: Switchboard | undefined

/** Tracing starts before there is a switchboard; it looks at this one from now on, and so does the clock. */
export function arrangeTelemetry(switches: Switchboard): void {
  board = switches
  followClock(switches)
}

/** Whether a fault of this process's telemetry is on for an order. */
export const isSwitched = (name: FaultName, order: OrderNames): boolean => board?.active(name, order) ?? false

/** Whether any is on at all. */
export const isAnySwitched = (): boolean => board !== undefined && board.list().length > 0

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The names of the order a span says it belongs to. */
export const namesIn = (attributes: Attributes): OrderNames => ({
  orderId: text(attributes['order.id']),
  reference: text(attributes['order.reference']),
})
