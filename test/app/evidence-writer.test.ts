import { describe, expect, it } from 'vitest'
import { createEvidenceWriter } from '../../src/app/evidence-writer.ts'
import type { Condition } from '../../src/evidence/condition.ts'
import type { EvidenceRecord } from '../../src/evidence/evidence.ts'
import type { EvidenceLog } from '../../src/evidence/log/evidence-log.ts'
import { WaybillError } from '../../src/shared/errors.ts'
import { unixNanos } from '../../src/shared/units.ts'

const record = (id: string): EvidenceRecord => {
  const condition: Condition = {
    id,
    source: 'status-api',
    kind: 'system-unreachable',
    subject: 'mes',
    from: unixNanos(1n),
    to: unixNanos(2n),
  }
  return { type: 'condition', record: condition }
}

const logInto = (kept: string[], fails: () => boolean = () => false): EvidenceLog => ({
  append: async (records, run) => {
    if (fails()) throw new WaybillError({ code: 'store-unavailable', message: 'The store is away.' })
    kept.push(...records.map((it) => `${run} ${it.record.id}`))
  },
  read: async function* () {},
  close: async () => {},
})

describe('writing evidence', () => {
  it('keeps the order of each run in every log', async () => {
    const [store, file]: [string[], string[]] = [[], []]
    const writer = createEvidenceWriter([logInto(store), logInto(file)], () => {})
    for (const id of ['1', '2', '3']) writer.write(record(id), 'a')
    writer.write(record('4'), 'b')
    await writer.flush()
    writer.write(record('5'), 'a')
    await writer.flush()
    expect(store).toEqual(['a 1', 'a 2', 'a 3', 'b 4', 'a 5'])
    expect(file).toEqual(store)
  })

  it('tells once that a log is away, counts what it lost, and still writes the other', async () => {
    let away = true
    const told: string[] = []
    const [store, file]: [string[], string[]] = [[], []]
    const writer = createEvidenceWriter([logInto(store, () => away), logInto(file)], (error) => told.push(error.code))
    writer.write(record('1'), 'a')
    await expect(writer.flush()).rejects.toMatchObject({ code: 'store-unavailable' })
    away = false
    writer.write(record('2'), 'a')
    await writer.flush()
    expect({ store, file, told, dropped: writer.dropped }).toEqual({
      store: ['a 2'],
      file: ['a 1', 'a 2'],
      told: ['store-unavailable'],
      dropped: 1,
    })
  })

  it('waits for what was written before, not for what others go on writing', async () => {
    const store: string[] = []
    const busy: EvidenceLog = {
      ...logInto([]),
      append: async (records) => {
        store.push(...records.map(({ record: { id } }) => id))
        // Another order has something to write whenever the log is at it.
        if (store.length < 100_000) writer.write(record(`more ${store.length}`), 'b')
      },
    }
    const writer = createEvidenceWriter([busy], () => {})
    writer.write(record('mine'), 'a')
    await writer.flush()
    expect(store[0]).toBe('mine')
    expect(store.length).toBeLessThan(10)
  })

  it('has nothing to wait for where nothing was written', async () => {
    await createEvidenceWriter([], () => {}).flush()
  })
})
