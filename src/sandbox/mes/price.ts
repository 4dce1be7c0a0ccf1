import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultName } from '../faults/catalogue.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import { whileActive } from '../faults/while-active.ts'
import type { Storage } from '../files/storage-client.ts'
import type { Speed } from '../service/settings.ts'
import { stepClock } from '../telemetry/machine-clock.ts'
import { readModel } from './model/read-model.ts'
import { UnreadableModel } from './model/unreadable-model.ts'
import type { MesOrder } from './orders.ts'

const BASE_CENTS = 4_900
const CENTS_PER_1000_TRIANGLES = 130
const CENTS_PER_CM3 = 8_500

const PACE: Readonly<
  Record<Speed, { readonly baseMs: number; readonly perTriangleMs: number; readonly capMs: number }>
> = {
  fast: { baseMs: 100, perTriangleMs: 0.05, capMs: 3_000 },
  realistic: { baseMs: 120_000, perTriangleMs: 0.9, capMs: 30 * 60_000 },
}

const TOO_SLOW_MS: Readonly<Record<Speed, number>> = { fast: 8_000, realistic: 4 * 60_000 }

export interface Price {
  readonly cents: number
  readonly triangles: number
}

export interface PriceParts {
  readonly storage: Storage
  readonly switches: Switchboard
  readonly speed: Speed
}

/** How long working out a price takes; grows with the number of triangles. */
export function pricingTimeMs(triangles: number, speed: Speed): number {
  const { baseMs, perTriangleMs, capMs } = PACE[speed]
  return Math.min(capMs, baseMs + triangles * perTriangleMs)
}

/** The price of a model: a base, its detail, and its material where the surface is closed. */
export function priceOf(triangles: number, volumeMm3: number | null): number {
  const material = volumeMm3 === null ? 0 : (Math.abs(volumeMm3) / 1000) * CENTS_PER_CM3
  return Math.round(BASE_CENTS + (triangles / 1000) * CENTS_PER_1000_TRIANGLES + material)
}

/** Reads the stored model and works out its price. Throws `UnreadableModel` for a file that is no model. */
export async function calculatePrice(
  { storage, switches, speed }: PriceParts,
  { orderId, reference, model }: MesOrder,
  attempt: number,
  signal: AbortSignal,
): Promise<Price> {
  const is = (name: FaultName) => switches.active(name, { orderId, reference })
  const file = await storage.get(is('model-asked-wrongly') ? { ...model, key: `${model.key}.orig` } : model)
  const { triangles, volumeMm3 } = await readModel(file, model.type)
  if (is('mes-clock-steps')) stepClock()
  if (is('model-unreadable')) throw new UnreadableModel('The model has no triangles.')
  await whileActive(() => is('price-never-ends'), signal)
  const extraMs = is('price-too-slow') ? TOO_SLOW_MS[speed] : 0
  await sleep(pricingTimeMs(triangles, speed) + extraMs, undefined, { signal })
  if (is('price-throws') || (is('price-fails-once') && attempt === 1)) {
    throw new RangeError(`triangulation failed: facet index ${triangles + 1} out of range`)
  }
  const cents = priceOf(triangles, volumeMm3)
  return { cents: is('price-wrong') ? Math.round(cents / 10) : cents, triangles }
}
