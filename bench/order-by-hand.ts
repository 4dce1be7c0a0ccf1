import type { SandboxReady } from '../src/sandbox/ready.ts'
import { WaybillError } from '../src/shared/errors.ts'
import { delay } from '../src/shared/wait.ts'

/** One order moved by plain requests, so that the order system does the same work whether anybody watches or not. */
export interface OrderByHand {
  readonly id: string
  readonly reference: string
  /** What is still to be done to it, in order. */
  readonly moves: readonly (() => Promise<void>)[]
}

const TRIANGLES = 2000
const REFUSED = 409
const TRY_AGAIN_MS = 50
const TRIES = 200

/** Places an order for a simple ring; its moves take it from there to its delivery. */
export async function placeByHand(systems: SandboxReady, reference: string, signal: AbortSignal): Promise<OrderByHand> {
  const post = async (url: string, body: object): Promise<unknown> => {
    for (let tries = 1; ; tries++) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal })
      const text = await response.text()
      if (response.ok) return JSON.parse(text)
      // The news that makes a move lawful is still on its way.
      const early = response.status === REFUSED || response.status === 404
      if (!early || tries === TRIES) {
        throw new WaybillError({
          code: 'source-unavailable',
          message: 'An order could not be moved.',
          place: url,
          actual: text,
        })
      }
      await delay(TRY_AGAIN_MS, signal)
    }
  }
  const customer = { id: `synthetic-${reference}`, name: 'Test', email: 'test@example.invalid', phone: '0' }
  const created = await post(`${systems.shop}/api/orders`, { customer, externalReference: reference })
  const id = String((created as { readonly orderId: unknown }).orderId)
  const move =
    (url: string, body: object = {}) =>
    async () =>
      void (await post(url, body))
  const made = ['take', 'complete', 'pack', 'ship'].map((act) => move(`${systems.mes}/api/orders/${id}/${act}`))
  return {
    id,
    reference,
    moves: [
      move(`${systems.shop}/api/orders/${id}/constructor`, { triangles: TRIANGLES }),
      move(`${systems.shop}/api/orders/${id}/submit`),
      move(`${systems.crm}/api/orders/${id}/approve`),
      ...made,
      move(`${systems.carrier}/api/parcels/${id}/delivered`),
    ],
  }
}
