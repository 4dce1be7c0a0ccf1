import type { StatusAnswered } from '../evidence/fact.ts'
import type { View } from '../journey/view.ts'

/** The statuses of the order's flow by their place in it. */
export interface Sequence {
  /** Place in the flow, from 0; -1 for a status the flow does not have. */
  rank(status: string | null): number
}

/** The whole flow, also what lies behind the last stage asked for. */
export function sequenceOf({ contract, order }: View): Sequence {
  const names = (contract.flows[order.flow]?.path ?? []).flatMap((step) => ('stage' in step ? [step.stage] : []))
  return { rank: (status) => (status === null ? -1 : names.indexOf(status)) }
}

/** Two statuses a history tells in an order other than the contract's. */
export interface Disorder {
  /** The later status, which had been set when `low` was. */
  readonly high: string
  readonly low: string
  /** `low` had been set before `high` too, so that it overwrote it; else it only came too late. */
  readonly overwrote: boolean
}

/** The first place at which a history goes back; statuses the flow does not have are passed over. */
export function findDisorder(sequence: Sequence, history: readonly string[]): Disorder | null {
  let high: { readonly status: string; readonly rank: number } | null = null
  for (const status of history) {
    const rank = sequence.rank(status)
    if (rank < 0) continue
    if (high !== null && rank < high.rank)
      return { high: high.status, low: status, overwrote: history.indexOf(status) < history.indexOf(high.status) }
    high = { status, rank }
  }
  return null
}

/** The look's history goes from a status before `stage` to one after it, without it. A history that begins later may have forgotten its beginning. */
export function leavesOut(sequence: Sequence, { history }: StatusAnswered, stage: string): boolean {
  if (history === null || history.includes(stage)) return false
  const here = sequence.rank(stage)
  const ranks = history.map((status) => sequence.rank(status))
  return ranks.some((rank) => rank >= 0 && rank < here) && ranks.some((rank) => rank > here)
}

/** The look shows the stage, one behind it, or tells that it has been there. */
export function isAtOrPast(sequence: Sequence, { status, history }: StatusAnswered, stage: string): boolean {
  return history?.includes(stage) === true || sequence.rank(status) >= sequence.rank(stage)
}
