import type { Contract } from '../contract/contract.ts'
import type { Evidence, WatchedOrder } from '../evidence/evidence.ts'
import { withoutOtherOrders, withoutOtherReferences } from '../evidence/own-facts.ts'
import { selectOwnSpans } from '../evidence/own-spans.ts'
import { collectEdges } from './clocks/edge.ts'
import { resolutionOf } from './clocks/resolution.ts'
import { solveClocks } from './clocks/solve.ts'
import { findCrossing } from './crossings/find.ts'
import { buildChain, type Chain, type FoundStep } from './hops.ts'
import { normalise } from './normalise.ts'
import { expandPath } from './path.ts'
import { createSpanTree } from './span-tree.ts'
import { findStageEvidence } from './stage-evidence.ts'
import { createView, type View } from './view.ts'

/** Everything the rules may look at: the sorted evidence, the path with what was found of each step, and the times on it. */
export interface Assembly {
  readonly view: View
  readonly path: readonly FoundStep[]
  readonly chain: Chain
}

const DEFAULT_DRIFT_PPM = 100

/**
 * The steps by which evidence becomes a journey. The order matters: spans are told apart before they are read, clocks are solved before
 * any two times are compared, signs of crossings are found before they are laid on the path.
 */
export function assemble(contract: Contract, order: WatchedOrder, evidence: Evidence): Assembly {
  const facts = withoutOtherReferences(order, evidence.facts)
  const spans = selectOwnSpans(contract.recognise, order, facts)
  const own = { ...evidence, facts: withoutOtherOrders(order, spans.orderIds, facts) }
  const tree = createSpanTree(normalise(spans.own))
  const clocks = solveClocks(collectEdges(order, evidence, spans.polls, tree), {
    base: order.enteredAt,
    driftPpm: contract.telemetry?.driftPpm ?? DEFAULT_DRIFT_PPM,
    resolution: resolutionOf([...spans.own, ...spans.polls]),
  })
  const view = createView({ contract, order, evidence: own, spans, tree, clocks })
  const path = expandPath(contract, order.flow, order.until).map(
    (step): FoundStep =>
      step.kind === 'handoff'
        ? { step, crossing: findCrossing(view, step) }
        : { step, evidence: findStageEvidence(view, step.spec.owner, step.stage) },
  )
  return { view, path, chain: buildChain(view, path) }
}
