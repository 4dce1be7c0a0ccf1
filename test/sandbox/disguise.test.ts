import { type ChannelModel, connect } from 'amqplib'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { DISGUISED } from '../../src/sandbox/names/disguised.ts'
import { eventually } from './support/eventually.ts'
import { call, tetrahedron } from './support/people.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'
import { type RunningSandbox, startSandbox } from './support/sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let listening: ChannelModel | undefined
/** All that was heard of it: spans, messages, answers, rows. */
const heard: string[] = []

beforeAll(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox(receiver.url, [], { SANDBOX_NAMES: 'disguised' })
}, 120_000)
afterAll(async () => {
  await listening?.close()
  await sandbox?.stop()
  await receiver?.close()
})

const seen = z.object({ docket: z.string(), phase: z.string() })

async function ask(base: string, method: string, path: string, options: Parameters<typeof call>[3] = {}) {
  const answer = await call(base, method, path, options)
  heard.push(answer.text)
  return answer
}
const told = async (...request: Parameters<typeof ask>) => seen.parse((await ask(...request)).json())

async function listenToBroker(): Promise<void> {
  listening = await connect(sandbox.amqp)
  const channel = await listening.createChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  for (const exchange of ['sales.desk', 'bench.news']) await channel.bindQueue(queue, exchange, '#')
  for (const from of [queue, 'q-graveyard'])
    await channel.consume(from, (message) => void heard.push(JSON.stringify(message), String(message?.content)), {
      noAck: true,
    })
}

async function places(reference: string): Promise<string> {
  const buyer = { number: 'trial-7', fullName: 'Planted Name', mail: 'planted@example.com', tel: '+49 30 555 0100' }
  const body = { buyer, yourRef: reference, piece: 'a ring' }
  const headers = { 'x-trial-run': '1' }
  const { docket } = await told(sandbox.shop, 'POST', '/v3/consignments', { body, headers })
  await told(sandbox.shop, 'PUT', `/v3/consignments/${docket}/mould`, {
    body: tetrahedron(),
    headers: { ...headers, 'content-type': 'model/stl', 'x-mould-title': 'ring.stl', 'x-vault-folder': 'trial/' },
  })
  await told(sandbox.shop, 'POST', `/v3/consignments/${docket}/lodge`, { headers })
  return docket
}

const reaches = (base: string, docket: string, phase: string) =>
  eventually(`${docket} is ${phase}`, async () => {
    const answer = await ask(base, 'GET', `/v3/consignments/${docket}`)
    return answer.status === 200 && seen.parse(answer.json()).phase === phase ? true : undefined
  })

async function rowsOf(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const columns = 'docket, your_ref, came_by, phase, buyer_no, trial, mould_place, mould_kind, mould_digest, amount_due'
  for (const sql of [`SELECT ${columns} FROM consignments`, 'SELECT * FROM consignment_trail'])
    heard.push(JSON.stringify((await client.query(sql)).rows))
  await client.end()
}

/** Our own names that are no words of everyday language. */
function tellingNames(): readonly string[] {
  const { pages: _, ...tables } = DISGUISED
  const listed = Object.values<Readonly<Record<string, string>>>(tables).flatMap((words) => Object.keys(words))
  const made = ['order.submitted', 'order.approved', 'order.announce', 'price.calculate', 'price.resume', 'order.take']
  return [...listed.filter((name) => /[^a-z]/.test(name)), ...made, '/api/orders', '/partner/orders', 'FROM orders']
}

it('takes a healthy order and broken ones from beginning to end, and lets none of its usual names be seen', async () => {
  await listenToBroker()
  const healthy = await places('SYN-H')
  await reaches(sandbox.crm, healthy, 'QUOTED')
  await told(sandbox.crm, 'POST', `/v3/consignments/${healthy}/clear`)
  await reaches(sandbox.mes, healthy, 'RELEASED')
  for (const act of ['pick', 'finish', 'box', 'dispatch'])
    await told(sandbox.mes, 'POST', `/v3/consignments/${healthy}/${act}`)
  await told(sandbox.carrier, 'POST', `/v3/crates/${healthy}/arrived`)
  await reaches(sandbox.shop, healthy, 'SETTLED')

  const partner = await told(sandbox.mes, 'POST', '/trade/consignments', {
    body: tetrahedron(),
    headers: { 'content-type': 'model/stl', 'x-trade-account': 'trial-partner', 'x-your-ref': 'SYN-P' },
  })
  await reaches(sandbox.crm, partner.docket, 'QUOTED')

  const broken = ['mes-rejects', 'price-throws', 'model-unreadable', 'price-rejected'] as const
  for (const fault of broken) {
    await sandbox.fault(fault, `SYN-${fault}`)
    await places(`SYN-${fault}`)
  }
  await eventually('both messages given up', async () =>
    heard.filter((text) => text.includes('"routingKey":"q-')).length >= 2 ? true : undefined,
  )
  await ask(sandbox.crm, 'POST', `/v3/consignments/${healthy}/clear`)
  await ask(sandbox.crm, 'GET', '/v3/consignments')
  await rowsOf(sandbox.shopDb)
  await rowsOf(sandbox.mesDb)

  const wire = [...heard, ...receiver.bodies].join('\n')
  const disguised = [
    'courier-gw',
    'job.phase.quoted',
    'MOULD_RECEIVED',
    'consignment.docket',
    'quote.reckon',
    'x-death',
  ]
  expect([...disguised, 'MouldRejected', 'amount_due', 'job-no'].filter((name) => !wire.includes(name))).toEqual([])
  expect(tellingNames().filter((name) => wire.includes(name))).toEqual([])
}, 90_000)

it('knows no path, header or order id of the usual system', async () => {
  expect((await ask(sandbox.shop, 'POST', '/api/orders', { body: { customer: {} } })).status).toBe(404)
  const id = '6f2c1f6e-2f57-4d0e-9d64-0a6b9b8f2f11'
  expect((await ask(sandbox.shop, 'GET', `/v3/consignments/${id}`)).text).not.toContain('phase')
})
