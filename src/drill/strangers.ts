import { randomUUID } from 'node:crypto'
import type { App } from '../app/start.ts'
import { fillDocument, fillText, type Values } from '../probe/fill.ts'
import { WaybillError } from '../shared/errors.ts'

const TRIANGLES = 2_000
const LIMIT_MS = 10_000

type Act = 'customer orders' | 'customer builds' | 'customer submits'

/** One order of somebody else, taken as far as the hand-over to manufacturing by plain requests; nobody follows it. */
async function placeStranger({ settings, targets }: App, number: number, signal: AbortSignal): Promise<void> {
  const ask = async (name: Act, values: Values): Promise<unknown> => {
    const { system, method, path, headers, body } = settings.acts[name]
    const place = fillText(path, values)
    const answer = await fetch(new URL(place, targets[system]), {
      method,
      headers: {
        'content-type': 'application/json',
        ...Object.fromEntries(Object.entries(headers).map(([header, text]) => [header, fillText(text, values)])),
      },
      body: JSON.stringify(fillDocument(body ?? {}, values)),
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    })
    const text = await answer.text()
    if (answer.ok) return JSON.parse(text)
    throw new WaybillError({
      code: 'part-failed',
      message: 'An order of other people was refused.',
      place,
      actual: text,
    })
  }
  const stranger = {
    key: randomUUID(),
    reference: `ELSE-${number}`,
    folder: '',
    triangles: TRIANGLES,
    'customer.id': `else-${number}`,
    'customer.name': 'Somebody Else',
    'customer.email': `else-${number}@example.invalid`,
    'customer.phone': '+1 202 555 0199',
  }
  const made = await ask('customer orders', stranger)
  const field = settings.acts['customer orders'].id ?? ''
  const order = String(Object.entries(Object(made)).find(([name]) => name === field)?.[1] ?? '')
  await ask('customer builds', { ...stranger, order })
  await ask('customer submits', { ...stranger, order })
}

/** Places so many orders of other people at once, so that ours has company wherever it goes. */
export async function placeStrangers(app: App, count: number, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, number) => placeStranger(app, number + 1, signal)))
}
