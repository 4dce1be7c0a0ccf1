import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { App } from '../app/start.ts'
import type { Mending, Row } from './row.ts'

/** What the contract of the disguised order system calls the flows, stages and hand-offs that rows and stories speak of. */
const DISGUISED: Readonly<Record<string, string>> = {
  customer: 'walkIn',
  partner: 'trade',
  INITIATED: 'DRAFTED',
  FILE_UPLOADED: 'MOULD_RECEIVED',
  SUBMITTED: 'LODGED',
  PRICE_CALCULATED: 'QUOTED',
  MANUFACTURING_APPROVED: 'RELEASED',
  MANUFACTURING_STARTED: 'ON_BENCH',
  MANUFACTURING_COMPLETED: 'FINISHED',
  PACKAGING: 'BOXED',
  SHIPPED: 'DISPATCHED',
  CLOSED: 'SETTLED',
  P1: 'T1',
  P2: 'T2',
  ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`H${index + 1}`, `K${index + 1}`])),
}

/** The rows' own probes, which name their flow themselves. */
const PROBES = new URL('./disguise/row-probes/', import.meta.url)

type Sandbox = Pick<App['settings'], 'sandbox'>

/** What the contract in use calls a flow, stage or hand-off of a row or story. */
export const called = ({ sandbox }: Sandbox, name: string): string =>
  sandbox.disguised ? (DISGUISED[name] ?? name) : name

const mendingCalled = (mending: Mending | null, name: (stage: string) => string): Mending | null =>
  mending !== null && 'atStage' in mending ? { ...mending, atStage: name(mending.atStage) } : mending

/** The row as it is played and scored under the contract in use. */
export function rowCalled(settings: Sandbox, row: Row): Row {
  if (!settings.sandbox.disguised) return row
  const name = (place: string) => called(settings, place)
  const ours = row.probe?.includes('/drill/probes/') === true
  return {
    ...row,
    at: name(row.at),
    after: row.after === null ? null : name(row.after),
    mending: mendingCalled(row.mending, name),
    probe: ours ? fileURLToPath(new URL(basename(row.probe ?? ''), PROBES)) : row.probe,
    beside: row.beside === null ? null : rowCalled(settings, row.beside),
  }
}
