import type { SharedDatabaseHandoff } from '../../contract/contract.ts'
import type { Act, ActOf } from '../act.ts'
import type { HandoffStep } from '../path.ts'
import { standingAct } from '../stage-evidence.ts'
import type { View } from '../view.ts'
import { contextBetween } from './context.ts'
import { type Crossing, endOf, NOT_SEEN, sourcesOf, startOf } from './crossing.ts'

const WRITES = new Set(['INSERT', 'UPDATE', 'MERGE', 'DELETE', 'UPSERT', 'COMMIT'])

/** A row written by one system, or found in the shared table by the next. */
export function findSharedDatabaseCrossing(view: View, step: HandoffStep, spec: SharedDatabaseHandoff): Crossing {
  return spec.operation === 'write' ? findWrite(view, step, spec) : findRead(view, step, spec)
}

/** The statement that sets the next stage: it is the sender's own, so the crossing ends with its commit. What was rolled back has crossed nothing. */
function findWrite(view: View, step: HandoffStep, spec: SharedDatabaseHandoff): Crossing {
  const setting = step.before === null ? null : standingAct(view, spec.from, step.before)
  if (setting === null) return NOT_SEEN
  const statement = view.tree
    .withDescendants(setting)
    .find((act): act is ActOf<'sql'> => act.op === 'sql' && WRITES.has(act.verb) && act.error === null)
  return {
    started: startOf(statement ?? setting),
    ended: endOf(setting),
    sender: statement ?? setting,
    receiver: setting,
    request: null,
    context: 'none',
    witnesses: sourcesOf([setting]),
  }
}

/** The receiver finds the row: its first act about the order that no request and no message asked for. It starts where the row was written. */
function findRead(view: View, step: HandoffStep, spec: SharedDatabaseHandoff): Crossing {
  const first = view.actsOf(spec.to).find((act) => isOwnInitiative(view, act, spec.to))
  const found = first === undefined ? undefined : topOf(view, first, spec.to)
  const writer = step.after === null ? null : writerOf(view, step.after)
  if (found === undefined) return { ...NOT_SEEN, started: writer === null ? null : endOf(writer), sender: writer }
  return {
    started: writer === null ? null : endOf(writer),
    ended: startOf(found),
    sender: writer,
    receiver: found,
    request: null,
    context: spec.context === 'none' || spec.context === undefined ? 'none' : contextBetween(view.tree, writer, found),
    witnesses: sourcesOf([found]),
  }
}

function writerOf(view: View, stage: string): Act | null {
  const owner = view.contract.flows[view.order.flow]?.stages?.[stage]?.owner ?? view.contract.stages[stage]?.owner
  return owner === undefined ? null : standingAct(view, owner, stage)
}

/** The act and what lies above it, as long as that is the system's own: a row may keep the context of whoever wrote it. */
function ownLineage(view: View, act: Act, system: string): readonly Act[] {
  const line = view.tree.lineage(act).toArray()
  const services = view.contract.systems[system]?.services ?? []
  const left = line.findIndex(({ span }, i) => i > 0 && !services.includes(span.service))
  return left < 0 ? line : line.slice(0, left)
}

const topOf = (view: View, act: Act, system: string): Act => ownLineage(view, act, system).at(-1) ?? act

/** Neither a request nor a message lies above the act in its own system. While a parent of that system is still to come, it may be one. */
function isOwnInitiative(view: View, act: Act, system: string): boolean {
  const line = ownLineage(view, act, system)
  if (line.some(({ op }) => op === 'serve' || op === 'consume')) return false
  const top = line.at(-1) ?? act
  return !view.tree.isOrphan(top) || top.span.parentIsRemote === true
}
