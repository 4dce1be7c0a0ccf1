import { setTimeout as sleep } from 'node:timers/promises'
import type { Switchboard } from '../faults/switchboard.ts'
import type { Storage } from '../files/storage-client.ts'
import type { Speed } from '../service/settings.ts'
import { readModel } from './model/read-model.ts'
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
  signal: AbortSignal,
): Promise<Price> {
  const { triangles, volumeMm3 } = await readModel(await storage.get(model), model.type)
  await sleep(pricingTimeMs(triangles, speed), undefined, { signal })
  if (switches.active('price-throws', { orderId, reference })) {
    throw new RangeError(`triangulation failed: facet index ${triangles + 1} out of range`)
  }
  return { cents: priceOf(triangles, volumeMm3), triangles }
}
