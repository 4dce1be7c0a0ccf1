import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeLeftBehind, sentenceOf } from '../../src/app/left-behind.ts'
import { openStore } from '../../src/store/store.ts'
import { type Databases, startDatabases } from '../store/databases.ts'
import { anEntry } from '../store/orders.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.stop())

test('orders of a monitor that died are closed, told, and never placed again; those of a living one are left alone', async () => {
  const databaseUrl = await databases.fresh()
  const dead = await openStore({ databaseUrl, leaseMs: 200 })
  await dead.ledger.enterOrder(anEntry('never-sent'))
  await dead.ledger.enterOrder(anEntry('sent'))
  await dead.ledger.beginPlacing('sent')
  await dead.ledger.enterOrder(anEntry('placed'))
  await dead.ledger.beginPlacing('placed')
  await dead.ledger.recordPlaced('placed', ['order-1'])
  await dead.close()

  const living = await openStore({ databaseUrl })
  await living.ledger.enterOrder(anEntry('of-the-living'))
  const next = await openStore({ databaseUrl })
  const closed = await untilClosed(() => closeLeftBehind(next.ledger, 'findable'), 3)

  expect(
    closed.map(({ order, decision }) => [order.key, decision.act]).sort(([a = ''], [b = '']) => a.localeCompare(b)),
  ).toEqual([
    ['never-sent', 'close-unplaced'],
    ['placed', 'follow'],
    ['sent', 'look-up'],
  ])
  expect(
    closed
      .map(sentenceOf)
      .filter((sentence) => sentence !== null)
      .join('\n'),
  ).toContain('order-1')
  expect((await next.ledger.openOrders()).map(({ key }) => key)).toEqual(['of-the-living'])
  await next.close()
  await living.close()
})

/** Asks until so many are closed: the dead one's lease must end first. */
async function untilClosed<T>(close: () => Promise<readonly T[]>, count: number): Promise<readonly T[]> {
  const all: T[] = []
  while (all.length < count) all.push(...(await close()))
  return all
}
