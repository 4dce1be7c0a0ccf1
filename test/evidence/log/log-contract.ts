import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EvidenceRecord } from '../../../src/evidence/evidence.ts'
import type { EvidenceLog } from '../../../src/evidence/log/evidence-log.ts'
import { answerRecord, hostileRecords, oneOfEachKind, spanRecord } from '../records.ts'

/** A place where one log lives, however often it is opened. */
export interface LogPlace {
  open(): Promise<EvidenceLog>
  dispose(): Promise<void>
}

/** All records of a run, as `read` gives them. */
export const recordsOf = async (log: EvidenceLog, run: string): Promise<readonly EvidenceRecord[]> => {
  const records: EvidenceRecord[] = []
  for await (const record of log.read(run)) records.push(record)
  return records
}

const idsOf = async (log: EvidenceLog, run: string) => (await recordsOf(log, run)).map(({ record }) => record.id)

const numbered = (count: number, prefix = ''): readonly EvidenceRecord[] =>
  Array.from({ length: count }, (_, index) => answerRecord(`${prefix}${index}`))

/** What every form of the evidence log keeps to. */
export function evidenceLogContract(form: string, createPlace: () => Promise<LogPlace>): void {
  describe(`the evidence log in ${form}`, () => {
    let place: LogPlace
    let log: EvidenceLog

    beforeEach(async () => {
      place = await createPlace()
      log = await place.open()
    })
    afterEach(async () => {
      await log.close()
      await place.dispose()
    })

    it('gives back every kind of record as it was', async () => {
      await log.append(oneOfEachKind, 'run')
      expect(await recordsOf(log, 'run')).toStrictEqual(oneOfEachKind)
    })

    it('keeps the order of appends, also of those that nobody waited for in between', async () => {
      const batches = Array.from({ length: 40 }, (_, batch) => numbered(25, `${batch}/`))
      await Promise.all(batches.map((batch) => log.append(batch, 'run')))
      expect(await idsOf(log, 'run')).toStrictEqual(batches.flat().map(({ record }) => record.id))
    })

    it('keeps a batch larger than any one statement', async () => {
      await log.append(numbered(3000), 'run')
      expect(await idsOf(log, 'run')).toStrictEqual(numbered(3000).map(({ record }) => record.id))
    })

    it('keeps what was told first when a record is told again, within a batch and across batches', async () => {
      const first = answerRecord('a', { status: 'SUBMITTED' })
      const again = answerRecord('a', { status: 'CLOSED' })
      await log.append([first, again, answerRecord('b')], 'run')
      await log.append([again, answerRecord('c'), first], 'run')
      expect(await recordsOf(log, 'run')).toStrictEqual([first, answerRecord('b'), answerRecord('c')])
    })

    it('takes the same id for different records when the type or the run differs', async () => {
      const condition = oneOfEachKind.find(({ type }) => type === 'condition')
      if (condition?.type !== 'condition') throw new Error('no condition among the records')
      const twin: EvidenceRecord = { type: 'condition', record: { ...condition.record, id: 'a' } }
      await log.append([answerRecord('a'), twin], 'run')
      await log.append([answerRecord('a')], 'another run')
      expect(await recordsOf(log, 'run')).toStrictEqual([answerRecord('a'), twin])
      expect(await recordsOf(log, 'another run')).toStrictEqual([answerRecord('a')])
    })

    it('knows nothing of a run that nobody wrote', async () => {
      await log.append([answerRecord('a')], 'run')
      expect(await recordsOf(log, 'ru')).toStrictEqual([])
      expect(await recordsOf(log, "run' or true --")).toStrictEqual([])
    })

    it('takes an empty append', async () => {
      await log.append([], 'run')
      expect(await recordsOf(log, 'run')).toStrictEqual([])
    })

    it('survives being closed and opened again, and still knows what it has', async () => {
      await log.append(numbered(10), 'run')
      await log.close()
      log = await place.open()
      await log.append(numbered(12), 'run')
      expect(await idsOf(log, 'run')).toStrictEqual(numbered(12).map(({ record }) => record.id))
    })

    it('keeps hostile text exactly, also in ids and runs', async () => {
      const run = 'run \u0000 \ud800 "\n'
      await log.append(hostileRecords, run)
      await log.append(hostileRecords, run)
      await log.append([answerRecord('elsewhere')], 'run \u0000 \ud801 "\n')
      expect(await recordsOf(log, run)).toStrictEqual(hostileRecords)
    })

    it('does not give a record that an append under way may yet fail to keep', async () => {
      const appending = log.append([spanRecord('slow')], 'run')
      const seen = await recordsOf(log, 'run')
      await appending
      expect([[], [spanRecord('slow')]]).toContainEqual(seen)
      expect(await recordsOf(log, 'run')).toStrictEqual([spanRecord('slow')])
    })

    it('can be left in mid-reading', async () => {
      await log.append(numbered(2000), 'run')
      for await (const { record } of log.read('run')) if (record.id === '3') break
      expect(await idsOf(log, 'run')).toHaveLength(2000)
    })

    it('closes twice, keeps what was under way, and says so when it is used afterwards', async () => {
      const appending = log.append([answerRecord('last')], 'run')
      await Promise.all([log.close(), log.close()])
      await appending
      await expect(log.append([answerRecord('late')], 'run')).rejects.toMatchObject({ code: 'store-unavailable' })
      await expect(recordsOf(log, 'run')).rejects.toMatchObject({ code: 'store-unavailable' })
      log = await place.open()
      expect(await idsOf(log, 'run')).toStrictEqual(['last'])
    })
  })
}
