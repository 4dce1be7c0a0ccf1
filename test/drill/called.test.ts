import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import type { PathStep } from '../../src/contract/contract.ts'
import { parseContract } from '../../src/contract/parse.ts'
import { called, rowCalled } from '../../src/drill/called.ts'
import { disguised } from '../../src/drill/disguise/contract.ts'
import { rowsFor } from '../../src/drill/rows.ts'
import { listProbes } from '../../src/probe/probe-files.ts'
import { FAULTS } from '../../src/sandbox/launch.ts'

const systems = { shop: '', crm: '', mes: '', carrier: '', 'shop-db': '', 'mes-db': '' }
const usual = { sandbox: { disguised: false, systems } }
const other = { sandbox: { disguised: true, systems } }
const ours = jewelry('fast')
const theirs = parseContract(disguised(), 'contract.ts')
const name = (place: string) => called(other, place)

const stepCalled = (step: PathStep): PathStep =>
  'stage' in step
    ? { stage: name(step.stage) }
    : { ...step, handoff: name(step.handoff), ...(step.status === undefined ? {} : { status: name(step.status) }) }

describe('the contract of the disguised order system', () => {
  it('has every flow of the usual one, step by step, under other names', () => {
    const paths = Object.entries(ours.flows).map(([flow, { path }]) => [name(flow), path.map(stepCalled)])
    expect(Object.fromEntries(paths)).toEqual(
      Object.fromEntries(Object.entries(theirs.flows).map(([flow, { path }]) => [flow, path])),
    )
  })

  it('is of the same kind, and as patient, at every hand-off and stage', () => {
    for (const [id, { kind, within }] of Object.entries(ours.handoffs))
      expect({ id, kind, within }).toEqual({
        id,
        kind: theirs.handoffs[name(id)]?.kind,
        within: theirs.handoffs[name(id)]?.within,
      })
    for (const [id, { within, warn, attempts, by }] of Object.entries(ours.stages)) {
      const stage = theirs.stages[name(id)]
      expect({ id, within, warn, attempts, by }).toEqual({
        id,
        within: stage?.within,
        warn: stage?.warn,
        attempts: stage?.attempts,
        by: stage?.by,
      })
    }
  })

  it('shares no name with the usual one', () => {
    const idsOf = ({ systems: parts, stages, handoffs, flows, views }: typeof ours) =>
      [parts, stages, handoffs, flows, views ?? {}].flatMap(Object.keys)
    const known = new Set(idsOf(ours))
    expect(idsOf(theirs).filter((id) => known.has(id))).toEqual([])
  })
})

describe('a row under the contract in use', () => {
  const rows = rowsFor(FAULTS)

  it('is itself under the usual one', () => {
    for (const row of rows) expect(rowCalled(usual, row)).toBe(row)
  })

  it('names a place of the disguised one, and of no other', () => {
    const places = new Set([...Object.keys(theirs.handoffs), ...Object.keys(theirs.stages), 'any', 'monitor'])
    const spoken = rows
      .map((row) => rowCalled(other, row))
      .flatMap(({ at, after, mending }) => [
        at,
        after ?? 'any',
        mending !== null && 'atStage' in mending ? mending.atStage : 'any',
      ])
    expect(spoken.filter((place) => !places.has(place))).toEqual([])
  })

  it('has a probe of its own where the usual one has', async () => {
    const folder = join(import.meta.dirname, '../../src/drill/disguise/row-probes')
    const files = (await listProbes(folder)).map(({ file }) => file)
    const wanted = rows.flatMap((row) => rowCalled(other, row).probe ?? [])
    expect(wanted.length).toBeGreaterThan(0)
    expect(wanted.filter((file) => !files.includes(file))).toEqual([])
  })
})
