import type { Contract } from '../contract/contract.ts'
import type { Hop, Journey, StageReading } from '../journey/journey.ts'
import { fromMs, parseDuration, plus, type UnixNanos } from '../shared/units.ts'

const after = (from: UnixNanos | undefined, within: string | undefined): UnixNanos | null => {
  const ms = within === undefined ? undefined : parseDuration(within)
  return from === undefined || ms === undefined ? null : plus(from, fromMs(ms))
}

/** The first stage of the flow behind the hand-off, counted from the place where it is crossed for the last time without success. */
function stageAfter(
  contract: Contract,
  flow: string,
  place: { readonly handoff: string; readonly status: string | null },
) {
  const path = contract.flows[flow]?.path ?? []
  const index = path.findIndex(
    (step) => 'handoff' in step && step.handoff === place.handoff && (step.status ?? null) === place.status,
  )
  for (const step of path.slice(index + 1)) if ('stage' in step) return step.stage
  return null
}

const reachedBefore = (stages: readonly StageReading[], stage: string): StageReading | undefined =>
  stages
    .slice(
      0,
      stages.findIndex((reading) => reading.stage === stage),
    )
    .findLast(({ at }) => at !== null)

function dueOfStage(contract: Contract, { flow, stages }: Journey, stage: string): UnixNanos | null {
  const within = contract.flows[flow]?.stages?.[stage]?.within ?? contract.stages[stage]?.within
  return after(reachedBefore(stages, stage)?.at?.latest, within)
}

/** When the order or its news left for the hand-off; as long as nobody saw it leave, when the last thing before it happened. */
function leftAt({ hops }: Journey, hop: Hop): UnixNanos | undefined {
  if (hop.startedAt !== null) return hop.startedAt.latest
  const before = hops.slice(0, hops.indexOf(hop)).findLast(({ startedAt, branch }) => startedAt !== null && !branch)
  return before?.startedAt === null || before === undefined
    ? undefined
    : plus(before.startedAt.latest, before.latency ?? fromMs(0))
}

/** The deadline of the page whose entry the hand-off is taken from: its own time after its system had the status. */
export function dueOnView(contract: Contract, { stages }: Journey, handoff: string): UnixNanos | null {
  const spec = Object.values(contract.views ?? {}).find((view) => view.handoff === handoff)
  const shown = stages.find(({ stage }) => stage === spec?.shows)
  const had = shown?.system === spec?.system ? shown : shown?.mirrors.find(({ system }) => system === spec?.system)
  return after(had?.at?.latest, spec?.within)
}

/**
 * The deadline by the contract at a place of an order's path, worked out from its journey and not from any finding: the hand-off's own time, or the stage's where
 * a person or a caller has to act. Null where the place has none, or the order was never seen before it.
 */
export function dueAt(contract: Contract, journey: Journey, place: string): UnixNanos | null {
  const handoff = contract.handoffs[place]
  if (handoff === undefined) return dueOfStage(contract, journey, place)
  const hop =
    journey.hops.find((it) => it.handoff === place && it.state !== 'crossed') ??
    journey.hops.findLast((it) => it.handoff === place)
  if (hop === undefined) return null
  if (handoff.kind === 'person' || handoff.kind === 'http') {
    const stage = stageAfter(contract, journey.flow, { handoff: place, status: hop.status })
    return stage === null ? null : dueOfStage(contract, journey, stage)
  }
  return after(leftAt(journey, hop), handoff.within)
}
