import type { App } from '../app/start.ts'
import { WaybillError } from '../shared/errors.ts'

const TRIANGLES = 2_000
const LIMIT_MS = 10_000

/** One order of somebody else, taken as far as the hand-over to manufacturing by plain requests; nobody follows it. */
async function placeStranger(shop: string, number: number, signal: AbortSignal): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(new URL(path, shop), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    })
    const text = await answer.text()
    if (answer.ok) return JSON.parse(text)
    throw new WaybillError({
      code: 'part-failed',
      message: 'An order of other people was refused.',
      place: path,
      actual: text,
    })
  }
  const customer = { name: 'Somebody Else', email: `else-${number}@example.invalid`, phone: '+1 202 555 0199' }
  const made = await post('/api/orders', { customer, externalReference: `ELSE-${number}` })
  const id = typeof made === 'object' && made !== null && 'orderId' in made ? String(made.orderId) : ''
  await post(`/api/orders/${id}/constructor`, { triangles: TRIANGLES })
  await post(`/api/orders/${id}/submit`, {})
}

/** Places so many orders of other people at once, so that ours has company wherever it goes. */
export async function placeStrangers({ targets }: App, count: number, signal: AbortSignal): Promise<void> {
  const { shop } = targets
  if (count === 0 || shop === undefined) return
  await Promise.all(Array.from({ length: count }, (_, number) => placeStranger(shop, number + 1, signal)))
}
