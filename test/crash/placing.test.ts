import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Contract } from '../../src/contract/contract.ts'
import type { Secret } from '../../src/shared/secret.ts'
import { type AfterCrash, decideAfterCrash, type LookUp } from '../../src/store/after-crash.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { type Databases, startDatabases } from '../store/databases.ts'
import { anEntry } from '../store/orders.ts'
import type { StopPoint } from './placing-child.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.stop())

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Placing = Contract['placing']

/** A shop that makes an order for each request; only one that is idempotent makes one order for one reference. */
const startShop = async (placing: Placing) => {
  const orders: { readonly id: string; readonly reference: string }[] = []
  const server = createServer((request, response) => {
    const reference = String(request.headers.reference)
    const known = orders.find((order) => order.reference === reference)
    if (request.method === 'GET') return void response.writeHead(known === undefined ? 404 : 200).end(known?.id)
    const order =
      placing === 'idempotent' && known !== undefined ? known : { id: `order-${orders.length + 1}`, reference }
    if (order !== known) orders.push(order)
    return void response.writeHead(201).end(order.id)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, orders }
}

/** Lets a process place an order and kills it at the given point. */
const killAt = async (point: StopPoint, databaseUrl: Secret, shopUrl: string) => {
  const child: ChildProcess = fork(
    path.join(import.meta.dirname, 'placing-child.ts'),
    [databaseUrl.reveal(), shopUrl, point],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  )
  closing.push(() => void child.kill('SIGKILL'))
  const [reached] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  expect(reached).toBe(point)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  expect(await exited).toStrictEqual([null, 'SIGKILL'])
}

const adoptAbandoned = async (store: Store) => {
  await vi.waitFor(async () => expect(await store.ledger.adopt('k')).toMatchObject({ outcome: 'done' }), {
    timeout: 20_000,
    interval: 50,
  })
}

const lookUp = async (shopUrl: string, reference: string): Promise<LookUp> => {
  const answer = await fetch(`${shopUrl}/orders`, { headers: { reference } })
  return answer.status === 404 ? { outcome: 'absent' } : { outcome: 'found', orderIds: [await answer.text()] }
}

/** What a starting monitor does about an order that a crash left behind. */
const recover = async (store: Store, placing: Placing, shopUrl: string): Promise<readonly AfterCrash['act'][]> => {
  const { ledger } = store
  const acts: AfterCrash['act'][] = []
  let found: LookUp | null = null
  for (;;) {
    const order = await ledger.order('k')
    if (order === null) throw new Error('the ledger lost the order')
    const decision = decideAfterCrash(order, placing, found)
    acts.push(decision.act)
    if (decision.act === 'look-up') found = await lookUp(shopUrl, order.externalReference)
    else if (decision.act === 'repeat') {
      await ledger.repeatPlacing('k')
      const answer = await fetch(`${shopUrl}/orders`, {
        method: 'POST',
        headers: { reference: order.externalReference },
      })
      await ledger.recordPlaced('k', [await answer.text()])
    } else {
      if (decision.act === 'follow') await ledger.recordPlaced('k', decision.orderIds)
      return acts
    }
  }
}

describe.each<Placing>(['idempotent', 'findable', 'neither'])('where placing is %s, a monitor killed', (placing) => {
  it.each<[StopPoint, OrderAfter]>([
    [
      'entered',
      {
        made: 0,
        state: 'entered',
        acts: { idempotent: ['close-unplaced'], findable: ['close-unplaced'], neither: ['close-unplaced'] },
      },
    ],
    [
      'placing',
      {
        made: 0,
        state: 'placing',
        acts: { idempotent: ['repeat', 'follow'], findable: ['look-up', 'close-unplaced'], neither: ['leave'] },
      },
    ],
    [
      'sent',
      {
        made: 1,
        state: 'placing',
        acts: { idempotent: ['repeat', 'follow'], findable: ['look-up', 'follow'], neither: ['leave'] },
      },
    ],
    [
      'placed',
      { made: 1, state: 'placed', acts: { idempotent: ['follow'], findable: ['follow'], neither: ['follow'] } },
    ],
  ])(
    'when the order was %s leaves a ledger that tells what to do, and no order is made twice',
    async (point, { made, state, acts }) => {
      const databaseUrl = await databases.fresh()
      const shop = await startShop(placing)
      await killAt(point, databaseUrl, shop.url)

      const store = await openStore({ databaseUrl })
      closing.push(() => store.close())
      const attempts = state === 'entered' ? 0 : 1
      expect(await store.ledger.openOrders()).toMatchObject([{ ...anEntry('k', { slot: 'noon' }), state, attempts }])
      expect(shop.orders).toHaveLength(made)
      expect(await store.ledger.enterOrder(anEntry('other key', { slot: 'noon' }))).toMatchObject({
        outcome: 'refused',
      })

      await adoptAbandoned(store)
      expect(await recover(store, placing, shop.url)).toStrictEqual(acts[placing])
      expect(shop.orders).toHaveLength(acts[placing].includes('repeat') ? 1 : made)
      const known = acts[placing].includes('follow') ? ['order-1'] : []
      expect(await store.ledger.order('k')).toMatchObject({ orderIds: known, care: 'ours' })
    },
  )
})

interface OrderAfter {
  readonly made: number
  readonly state: string
  readonly acts: Readonly<Record<Placing, readonly AfterCrash['act'][]>>
}
