import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import { dueAt, dueOnView } from '../../src/drill/due.ts'
import type { Hop, Journey, StageReading } from '../../src/journey/journey.ts'
import { fromEpochMs, fromMs, type UnixNanos } from '../../src/shared/units.ts'

const contract = jewelry('fast')
const at = (ms: number): UnixNanos => fromEpochMs(ms)
const moment = (ms: number) => ({ best: at(ms), earliest: at(ms), latest: at(ms) })

const stage = (name: string, ms: number | null): StageReading => ({
  stage: name,
  system: contract.stages[name]?.owner ?? '',
  state: ms === null ? 'waiting' : 'reached',
  at: ms === null ? null : moment(ms),
  witnesses: [],
  mirrors: [],
  by: 'machine',
})

const hop = (handoff: string, state: Hop['state'], startedAt: number | null, status: string | null = null): Hop => ({
  id: handoff,
  handoff,
  status,
  kind: 'queue',
  from: '',
  to: '',
  state,
  branch: false,
  startedAt: startedAt === null ? null : moment(startedAt),
  latency: state === 'crossed' ? fromMs(10) : null,
  plusMinus: null,
  context: 'unknown',
  witnesses: [],
  segments: [],
})

const journey = (stages: readonly StageReading[], hops: readonly Hop[]): Journey => ({
  flow: 'customer',
  orderIds: [],
  traceIds: [],
  placedAt: null,
  stages,
  hops,
  clocks: [],
})

const submitted = [stage('FILE_UPLOADED', 500), stage('SUBMITTED', 1_000), stage('PRICE_CALCULATED', null)]

describe('the deadline at a place', () => {
  it('of a queue is its own time after the message left', () => {
    const told = journey(submitted, [hop('H4', 'crossed', 1_000), hop('H5', 'broken', 1_100)])
    expect(dueAt(contract, told, 'H5')).toBe(at(1_100 + 8_000))
  })

  it('of a queue nobody saw the message leave for is its own time after the last thing before it', () => {
    const told = journey(submitted, [hop('H4', 'crossed', 1_000), hop('H5', 'unknown', null)])
    expect(dueAt(contract, told, 'H5')).toBe(at(1_000 + 10 + 8_000))
  })

  it('of a stage is its time after the stage before', () => {
    expect(dueAt(contract, journey(submitted, []), 'PRICE_CALCULATED')).toBe(at(1_000 + 15_000))
  })

  it('of a person’s act is the time of the stage the act makes', () => {
    const stages = [stage('MANUFACTURING_COMPLETED', 3_000), stage('PACKAGING', null)]
    const told = journey(stages, [hop('H10', 'waiting', null, 'PACKAGING')])
    expect(dueAt(contract, told, 'H10')).toBe(at(3_000 + 20_000))
  })

  it('of a page is its own time after the page’s system had the status', () => {
    const approved: StageReading = {
      ...stage('MANUFACTURING_APPROVED', 2_000),
      mirrors: [{ system: 'mes', state: 'reached', at: moment(2_400), witnesses: [] }],
    }
    expect(dueOnView(contract, journey([approved], []), 'H9')).toBe(at(2_400 + 8_000))
    expect(dueOnView(contract, journey([stage('MANUFACTURING_APPROVED', 2_000)], []), 'H9')).toBeNull()
  })

  it('is none where the order was never seen before it', () => {
    expect(dueAt(contract, journey([stage('SUBMITTED', null)], []), 'SUBMITTED')).toBeNull()
    expect(dueAt(contract, journey(submitted, []), 'H5')).toBeNull()
  })
})
