import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Contract } from '../../src/contract/contract.ts'
import type { Secret } from '../../src/shared/secret.ts'
import { type AfterCrash, decideAfterCrash, type LookUp } from '../../src/store/after-crash.ts'
import type { OrderState } from '../../src/store/schema.ts'
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

/** Lets a process place an order at each shop and kills it at the given point. */
const killAt = async (point: StopPoint, databaseUrl: Secret, shopUrls: readonly string[]) => {
  const child = fork(path.join(import.meta.dirname, 'placing-child.ts'), [databaseUrl.reveal(), point, ...shopUrls], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  closing.push(() => void child.kill('SIGKILL'))
  const [reached] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  expect(reached).toBe(point)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  expect(await exited).toStrictEqual([null, 'SIGKILL'])
}

const adoptAbandoned = (store: Store, key: string) =>
  vi.waitFor(async () => expect(await store.ledger.adopt(key)).toMatchObject({ outcome: 'done' }), {
    timeout: 20_000,
    interval: 50,
  })

const lookUp = async (shopUrl: string, reference: string): Promise<LookUp> => {
  const answer = await fetch(`${shopUrl}/orders`, { headers: { reference } })
  return answer.status === 404 ? { outcome: 'absent' } : { outcome: 'found', orderIds: [await answer.text()] }
}

/** What a starting monitor does about an order that a crash left behind; the order's key is its shop's address. */
const recover = async ({ ledger }: Store, placing: Placing, shopUrl: string): Promise<readonly AfterCrash['act'][]> => {
  const acts: AfterCrash['act'][] = []
  let found: LookUp | null = null
  for (;;) {
    const order = await ledger.order(shopUrl)
    if (order === null) throw new Error('the ledger lost the order')
    const decision = decideAfterCrash(order, placing, found)
    acts.push(decision.act)
    if (decision.act === 'look-up') {
      found = await lookUp(shopUrl, order.externalReference)
    } else if (decision.act === 'repeat') {
      await ledger.repeatPlacing(shopUrl)
      const answer = await fetch(`${shopUrl}/orders`, {
        method: 'POST',
        headers: { reference: order.externalReference },
      })
      await ledger.recordPlaced(shopUrl, [await answer.text()])
    } else {
      if (decision.act === 'follow') await ledger.recordPlaced(shopUrl, decision.orderIds)
      return acts
    }
  }
}

interface Left {
  readonly state: OrderState
  /** Orders that each shop has made when the monitor dies. */
  readonly made: number
  readonly acts: Readonly<Record<Placing, readonly AfterCrash['act'][]>>
}

const PLACINGS: readonly Placing[] = ['idempotent', 'findable', 'neither']
const everywhere = (act: AfterCrash['act']) => ({ idempotent: [act], findable: [act], neither: [act] })

describe('a monitor killed', () => {
  it.each<[StopPoint, Left]>([
    ['entered', { state: 'entered', made: 0, acts: everywhere('close-unplaced') }],
    [
      'placing',
      {
        state: 'placing',
        made: 0,
        acts: { idempotent: ['repeat', 'follow'], findable: ['look-up', 'close-unplaced'], neither: ['leave'] },
      },
    ],
    [
      'sent',
      {
        state: 'placing',
        made: 1,
        acts: { idempotent: ['repeat', 'follow'], findable: ['look-up', 'follow'], neither: ['leave'] },
      },
    ],
    ['placed', { state: 'placed', made: 1, acts: everywhere('follow') }],
  ])('when its orders were %s leaves a ledger that tells what to do, and none is made twice', async (point, left) => {
    const databaseUrl = await databases.fresh()
    const shops = await Promise.all(PLACINGS.map(async (placing) => ({ placing, ...(await startShop(placing)) })))
    await killAt(
      point,
      databaseUrl,
      shops.map(({ url }) => url),
    )

    const store = await openStore({ databaseUrl })
    closing.push(() => store.close())
    expect(await store.ledger.openOrders()).toHaveLength(shops.length)
    for (const { placing, url, orders } of shops) {
      const attempts = left.state === 'entered' ? 0 : 1
      expect(await store.ledger.order(url)).toMatchObject({
        ...anEntry(url, { slot: url }),
        state: left.state,
        attempts,
      })
      expect(orders).toHaveLength(left.made)
      const sameSlot = anEntry(`${url}/again`, { slot: url })
      expect(await store.ledger.enterOrder(sameSlot)).toMatchObject({ outcome: 'refused' })

      await adoptAbandoned(store, url)
      const acts = left.acts[placing]
      expect(await recover(store, placing, url)).toStrictEqual(acts)
      expect(orders).toHaveLength(acts.includes('repeat') ? 1 : left.made)
      const orderIds = acts.includes('follow') ? ['order-1'] : []
      expect(await store.ledger.order(url)).toMatchObject({ orderIds, care: 'ours' })
    }
  })
})
