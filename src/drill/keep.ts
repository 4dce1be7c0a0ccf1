import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../app/start.ts'
import { encodeRecord } from '../evidence/codec.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'

/** Keeps what is needed to study a row that did not pass: the whole verdict document, and beside it all evidence of the run. Returns the document's file. */
export async function keepForStudy(app: App, folder: string, row: string, document: VerdictDocument): Promise<string> {
  await mkdir(folder, { recursive: true })
  const name = `${row.replaceAll(/[^A-Za-z0-9.-]+/g, '-')}-${document.order.key}`
  const file = join(folder, `${name}.json`)
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
  const evidence = await open(join(folder, `${name}.evidence.jsonl`), 'w')
  try {
    for await (const record of app.books.log.read(document.order.run))
      await evidence.write(`${encodeRecord(record, document.order.run)}\n`)
  } finally {
    await evidence.close()
  }
  return file
}
