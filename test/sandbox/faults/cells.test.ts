import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SandboxReady } from '../../../src/sandbox/ready.ts'
import { eventually } from '../support/eventually.ts'
import { createPeople } from '../support/people.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type RunningSandbox, startSandbox } from '../support/sandbox.ts'

let receiver: Receiver
let other: Receiver
let sandbox: RunningSandbox
let cell: SandboxReady

beforeAll(async () => {
  receiver = await startReceiver()
  other = await startReceiver()
  sandbox = await startSandbox(receiver.url)
  cell = await sandbox.openCell({ otlp: other.url })
})

afterAll(async () => {
  await sandbox?.stop()
  await receiver?.close()
  await other?.close()
})

const management = async (path: string): Promise<number> => {
  const url = new URL(`api/${path}`, `${sandbox.amqpManagement}/`)
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  return (await fetch(new URL(url.pathname, url.origin), { headers: { authorization } })).status
}
/** Databases and roles on the common server. */
const namesEndingWith = async (suffix: string): Promise<readonly string[]> => {
  const client = new pg.Client({ connectionString: sandbox.shopDb })
  await client.connect()
  const all = 'SELECT datname::text AS name FROM pg_database UNION ALL SELECT rolname::text FROM pg_roles'
  const { rows } = await client.query<{ name: string }>(all)
  await client.end()
  return rows.map(({ name }) => name).filter((name) => name.endsWith(suffix))
}
const vhostOf = ({ amqp }: SandboxReady) => new URL(amqp).pathname.slice(1)

describe('a further cell', () => {
  test('takes an order to its price on the same servers, and nobody else hears of it', async () => {
    const people = createPeople(cell)
    const { orderId } = await people.places()
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect(await createPeople(sandbox).look('shop', orderId)).toBeUndefined()
    expect(receiver.ofOrder(orderId)).toEqual([])
    expect(other.ofOrder(orderId).length).toBeGreaterThan(0)
    expect(new URL(cell.amqp).port).toBe(new URL(sandbox.amqp).port)
    expect(new URL(cell.shopDb).port).toBe(new URL(sandbox.shopDb).port)
  })

  test('has switches of its own', async () => {
    await sandbox.fault('price-throws', 'all')
    const listed = await fetch(`${cell.control.url}/faults`, {
      headers: { authorization: `Bearer ${cell.control.token}` },
    })
    expect(await listed.json()).toMatchObject({ faults: [] })
    await sandbox.clear('price-throws')
  })

  test('leaves nothing behind on the servers when it is taken away', async () => {
    const vhost = vhostOf(cell)
    expect(await management(`vhosts/${vhost}`)).toBe(200)
    await sandbox.removeCell(cell.cell)
    expect(await management(`vhosts/${vhost}`)).toBe(404)
    expect(await namesEndingWith('_c2')).toEqual([])
    await expect(fetch(`${cell.shop}/health`)).rejects.toThrow()
  })

  test('is refused settings the services do not read', async () => {
    await expect(sandbox.openCell({ env: { PATH: '/nowhere' } })).rejects.toThrow('400')
  })
})

test('the sandbox stops in order while a further cell is still starting', async () => {
  const starting = sandbox.openCell().catch(() => 'cut off')
  await eventually('the beginning of it', async () => ((await namesEndingWith('_c3')).length > 0 ? true : undefined))
  expect(await sandbox.stop()).toEqual({ code: 143 })
  await starting
})
