import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { FAULTS } from '../../../src/sandbox/faults/catalogue.ts'
import { call } from './people.ts'
import type { Receiver } from './receiver.ts'
import { type RunningSandbox, runFolderOf } from './sandbox.ts'

/** All that can be seen of an order system from outside: spans, logs, rows, pages, lists and what it said. */
export async function everythingSeen(sandbox: RunningSandbox, receiver: Receiver): Promise<string> {
  const logs = path.join((await runFolderOf(sandbox)) ?? '', 'logs')
  const written = await Promise.all((await readdir(logs)).map((file) => readFile(path.join(logs, file), 'utf8')))
  const rows = await Promise.all([
    rowsOf(
      sandbox.shopDb,
      'order_id, external_reference, status, customer_id, item, model_key, model_type, model_sha256',
    ),
    rowsOf(sandbox.mesDb, '*'),
  ])
  const answers = [
    ...[sandbox.shop, sandbox.crm, sandbox.mes].map((base) => call(base, 'GET', '/')),
    ...[sandbox.crm, sandbox.mes].map((base) => call(base, 'GET', '/api/orders')),
  ]
  const shown = (await Promise.all(answers)).map(({ text }) => text)
  return [...receiver.bodies, ...written, ...rows, ...shown, sandbox.said()].join('\n')
}

async function rowsOf(url: string, columns: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return JSON.stringify((await client.query(`SELECT ${columns} FROM orders`)).rows)
  } finally {
    await client.end()
  }
}

/** Words by which somebody could tell that a break was made on purpose; none should be found. */
export function wordsOfFaults(seen: string): readonly string[] {
  const named = FAULTS.flatMap(({ name, title }) => [name, title]).filter((word) => seen.includes(word))
  // `$fault` is a field of every error of the storage client.
  const spoken = /.{0,40}(?<!\$)\b(faults?|mishaps?|sabotage)\b.{0,40}/i.exec(seen)?.[0]
  return spoken === undefined ? named : [...named, spoken]
}
