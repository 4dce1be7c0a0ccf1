import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { App } from '../app/start.ts'
import { encodeRecord } from '../evidence/codec.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'

/** Keeps what is needed to study a row that did not pass: the whole verdict document, and beside it all evidence of the run. Returns the document's file. */
export async function keepForStudy(app: App, folder: string, row: string, document: VerdictDocument): Promise<string> {
  await mkdir(folder, { recursive: true })
  const name = `${row.replaceAll(/[^A-Za-z0-9.-]+/g, '-')}-${document.order.key}`
  const file = join(folder, `${name}.json`)
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
  const lines = async function* () {
    for await (const record of app.books.log.read(document.order.run))
      yield `${encodeRecord(record, document.order.run)}\n`
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, `${name}.evidence.jsonl`)))
  return file
}
