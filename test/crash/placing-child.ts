import { Secret } from '../../src/shared/secret.ts'
import { openStore } from '../../src/store/store.ts'
import { anEntry } from '../store/orders.ts'

/** How far the process brings its orders before it waits to be killed. */
export type StopPoint = 'entered' | 'placing' | 'sent' | 'placed'

const [, , databaseUrl = '', stopAt = '', ...shops] = process.argv
process.on('disconnect', () => process.exit(1))

const reach = async (point: StopPoint) => {
  if (point !== stopAt) return
  process.send?.(point)
  await new Promise(() => {})
}

// One order for each shop, its key the shop's address.
const { ledger } = await openStore({ databaseUrl: new Secret(databaseUrl), leaseMs: 300 })
for (const shop of shops) await ledger.enterOrder(anEntry(shop, { slot: shop }))
await reach('entered')
for (const shop of shops) await ledger.beginPlacing(shop)
await reach('placing')
const order = (shop: string) =>
  fetch(`${shop}/orders`, { method: 'POST', headers: { reference: anEntry(shop).externalReference } })
const answers = await Promise.all(shops.map(order))
await reach('sent')
for (const [index, shop] of shops.entries()) await ledger.recordPlaced(shop, [(await answers[index]?.text()) ?? ''])
await reach('placed')
