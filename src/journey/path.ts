import type { Contract, HandoffSpec, StageSpec } from '../contract/contract.ts'
import { type DurationText, type Milliseconds, milliseconds, parseDuration } from '../shared/units.ts'

/** A stage as one flow asks for it. */
export interface StageStep {
  readonly kind: 'stage'
  readonly stage: string
  readonly spec: StageSpec
  /** The hand-off just before it on the path, by whose crossing somebody or something asked for it. */
  readonly askedBy: HandoffStep | null
}

/** One crossing of a hand-off on the path of a flow. */
export interface HandoffStep {
  readonly kind: 'handoff'
  /** `H5`, or `H11/SHIPPED` where the hand-off carries several statuses. */
  readonly id: string
  readonly handoff: string
  readonly spec: HandoffSpec
  readonly status: string | null
  readonly branch: boolean
  /** The stage last set before this crossing, whose news it carries when it is a branch. */
  readonly after: string | null
  /** The next stage on the path. */
  readonly before: string | null
}

export type Step = StageStep | HandoffStep

/** The path of a flow with each step's own specification, up to and including the crossings that tell mirrors of the last stage asked for. */
export function expandPath(contract: Contract, flowId: string, until: string | null): readonly Step[] {
  const flow = contract.flows[flowId]
  if (flow === undefined) return []
  const steps: Step[] = []
  let after: string | null = null
  let asked: HandoffStep | null = null
  for (const [i, step] of flow.path.entries()) {
    if ('stage' in step) {
      if (until !== null && after === until) break
      const spec = contract.stages[step.stage]
      if (spec === undefined) continue
      steps.push({ kind: 'stage', stage: step.stage, spec: { ...spec, ...flow.stages?.[step.stage] }, askedBy: asked })
      after = step.stage
      asked = null
      continue
    }
    const spec = contract.handoffs[step.handoff]
    if (spec === undefined) continue
    const next = flow.path.slice(i + 1).find((later) => 'stage' in later)
    const reading: HandoffStep = {
      kind: 'handoff',
      id: step.status === undefined ? step.handoff : `${step.handoff}/${step.status}`,
      handoff: step.handoff,
      spec,
      status: step.status ?? null,
      branch: step.branch ?? false,
      after,
      before: next !== undefined && 'stage' in next ? next.stage : null,
    }
    if (until !== null && after === until && !carriesNewsOf(reading)) break
    steps.push(reading)
    if (!reading.branch) asked = reading
  }
  return steps
}

/** After the last stage asked for, only machines' hand-offs of its news still belong to the order; a person's act begins the next stage. */
const carriesNewsOf = ({ spec, branch }: HandoffStep): boolean =>
  branch || (spec.kind !== 'person' && spec.kind !== 'http')

/** Hand-offs by which news reaches a system: messages, rows it reads, and calls that only tell. A call on the order's own path asks for the next stage. */
export const bringsNews = ({ spec, branch }: HandoffStep): boolean =>
  spec.kind === 'queue' ||
  (spec.kind === 'shared-database' && spec.operation === 'read') ||
  (spec.kind === 'http' && branch)

/** A duration of the contract, which its schema has checked. */
export const durationMs = (text: DurationText | undefined, otherwise = 0): Milliseconds =>
  (text === undefined ? undefined : parseDuration(text)) ?? milliseconds(otherwise)

/** The coordinate of a hand-off for one status: routes and keys may differ by the status carried. */
export const forStatus = (value: string | Readonly<Record<string, string>>, status: string | null): string | null =>
  typeof value === 'string' ? value : status === null ? null : (value[status] ?? null)
