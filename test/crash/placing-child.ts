import { Secret } from '../../src/shared/secret.ts'
import { openStore } from '../../src/store/store.ts'
import { anEntry } from '../store/orders.ts'

/** Where the process stops and waits to be killed. */
export type StopPoint = 'entered' | 'placing' | 'sent' | 'placed'

const [, , databaseUrl = '', shopUrl = '', stopAt = ''] = process.argv
process.on('disconnect', () => process.exit(1))

const reach = async (point: StopPoint) => {
  if (point !== stopAt) return
  process.send?.(point)
  await new Promise(() => {})
}

const store = await openStore({ databaseUrl: new Secret(databaseUrl), leaseMs: 300 })
const entry = anEntry('k', { slot: 'noon' })
await store.ledger.enterOrder(entry)
await reach('entered')
await store.ledger.beginPlacing('k')
await reach('placing')
const answer = await fetch(`${shopUrl}/orders`, { method: 'POST', headers: { reference: entry.externalReference } })
await reach('sent')
await store.ledger.recordPlaced('k', [await answer.text()])
await reach('placed')
