import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { DatabaseClient } from '../database/client.ts'
import type { Act } from './switches.ts'

/** Short enough to come between the beginning of a calculation and its end. */
export const LOOK_EVERY_MS = 15

/** The orders meant by the first value: a reference, an id, or `all`. */
export const MEANT = `($1 = 'all' OR external_reference = $1 OR order_id::text = $1)`

/** Runs statements in one database on a connection of their own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new DatabaseClient({ connectionString: url })
  // A server that goes away fails the statement in hand; there is nothing else to be told.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/**
 * What is done by hand to an order, found by its reference or id (`all`: to every order), as soon as there is something to do it to.
 * `attempt` answers whether it was done; one order is then left alone.
 */
export function whenThereIs(
  url: () => Promise<string>,
  attempt: (client: pg.Client, reference: string) => Promise<boolean>,
): Act {
  return whileSwitchedOn(async (reference, signal) => {
    await withClient(await url(), async (client) => {
      while (!signal.aborted) {
        if ((await attempt(client, reference)) && reference !== 'all') return
        await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
      }
    })
  })
}

/** What goes on by itself for an order, by its reference or id (`all`: for every order), from the switch on until the switch off. */
export function whileSwitchedOn(goOn: (reference: string, signal: AbortSignal) => Promise<void>): Act {
  const under = new Map<string, AbortController>()
  return {
    async on(scope) {
      const reference = scope.kind === 'order' ? scope.reference : 'all'
      if (under.has(reference)) return
      const given = new AbortController()
      under.set(reference, given)
      // The database ends with the cell, and what goes on there with it.
      void goOn(reference, given.signal).catch(() => {})
    },
    async off(scope) {
      const reference = scope.kind === 'order' ? scope.reference : 'all'
      under.get(reference)?.abort(new Error('it is switched off'))
      under.delete(reference)
    },
  }
}
