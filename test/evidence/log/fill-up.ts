import { createHash } from 'node:crypto'
import { openFileLog } from '../../../src/evidence/log/file-log.ts'
import { asWaybillError } from '../../../src/shared/errors.ts'
import { answerRecord, spanRecord } from '../records.ts'

/** What a process that filled up its disk says: the ids that were kept, and the sentence that refused the next one. */
export interface FilledUp {
  readonly accepted: readonly string[]
  readonly refusal: string
}

const [, , file = ''] = process.argv
const log = await openFileLog(file)
const accepted: string[] = []
let refusal = ''
for (let id = 0; refusal === '' && id < 1000; id++) {
  // Text that hardly compresses, so that both forms grow, and that is the same in every run.
  const record = spanRecord(String(id), {
    name: createHash('shake256', { outputLength: 2000 }).update(String(id)).digest('base64'),
  })
  await log.append([record], 'run').then(
    () => accepted.push(String(id)),
    (error: unknown) => {
      refusal = asWaybillError(error).sentence()
    },
  )
}
await log.append([answerRecord('small')], 'run')
await log.close()
process.stdout.write(JSON.stringify({ accepted, refusal } satisfies FilledUp))
