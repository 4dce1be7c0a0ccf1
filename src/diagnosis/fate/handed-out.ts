import type { QueueState } from '../../evidence/condition.ts'
import type { MessageDelivered } from '../../evidence/fact.ts'
import type { ActOf } from '../../journey/act.ts'
import { isEmpty, isSettled, setupsFrom, statesSince } from '../../journey/broker/queue-states.ts'
import { vouchForBroker } from '../../journey/broker/vouch.ts'
import { endOf } from '../../journey/crossings/crossing.ts'
import { vouchForExports } from '../../journey/vouch.ts'
import { fromMs, plus, type UnixNanos } from '../../shared/units.ts'
import { type Case, type Fate, isHeard, SETTLING, stillAwaited, TOTALS_MS, unknown } from './fate.ts'

/** The broker handed it to a consumer, and that is the last it tells. */
export function handedOut(here: Case, delivered: MessageDelivered, handled: ActOf<'consume'> | null): Fate {
  const { course, message } = here
  const { view } = course.assembly
  const { spec, gap } = message
  const isOfThis = handled !== null && view.clocks.moment(endOf(handled)).latest >= delivered.at.earliest
  if (isOfThis && handled.error === null) return { is: 'settled', by: handled, failed: null }
  const only = (to: UnixNanos) => vouchForBroker(view, 'firehose', delivered.at.earliest, to).vouched
  const since = statesSince(view, spec.queue, plus(delivered.at.latest, SETTLING))
  const settled = since.find((state) => isSettled(state) && only(state.to) && isNowhereElse(here, delivered, state))
  if (settled !== undefined) return { is: 'settled', by: settled, failed: isOfThis ? handled : null }
  const fresh = since.filter((state) => state.from >= gap.deadline)
  const back = fresh.findLast(
    ({ consumers, ready, unacknowledged }) => consumers === 0 && (ready ?? 0) > 0 && (unacknowledged ?? 0) === 0,
  )
  if (back !== undefined) return { is: 'waiting', why: 'no-consumer', state: back, returned: true }
  if (!isOfThis) {
    const held = since.filter(({ unacknowledged }) => unacknowledged !== null)
    const still = held.findLast((state) => state.from >= gap.deadline)
    const isOpen = still !== undefined && held.every(({ unacknowledged }) => unacknowledged !== 0)
    if (isStillAtIt(here, delivered.at.earliest) && (isOpen || !isHeard(here)))
      return { is: 'unsettled', state: still ?? null, delivered }
    const all = isOpen ? noneSettled(here, delivered, held) : undefined
    if (all !== undefined) return { is: 'unsettled', state: all, delivered }
    if (isOpen)
      return unknown(`whether ${spec.to} settled it or another does not show yet`, stillAwaited(here, TOTALS_MS))
  }
  const isTotalled = fresh.some(({ unacknowledged }) => unacknowledged !== null)
  const until = isHeard(here) && !isTotalled ? stillAwaited(here, TOTALS_MS) : null
  return unknown(`whether ${spec.to} settled it does not show`, until)
}

/** The tap has told by then of what the total counted. */
const TOLD_WITHIN = fromMs(1_000)

/**
 * A total from after the deadline that equals all deliveries since a total of zero: none of them is settled. The deliveries are counted to a later state, when the tap
 * had told of all that the total counts; one too many only means that nobody can say.
 *
 *   total 0 ├──────┤            total n ├──────┤
 *   counted ┴                                    ┴ counted: n more
 */
function noneSettled(
  { course, message: { spec, gap } }: Case,
  delivered: MessageDelivered,
  held: readonly QueueState[],
): QueueState | undefined {
  const { view } = course.assembly
  const states = view.states('queue-state', spec.queue)
  const zero = states.findLast(({ unacknowledged, to }) => unacknowledged === 0 && to <= delivered.at.earliest)
  if (zero?.handedOut === undefined) return undefined
  const before = zero.handedOut
  return held.findLast(({ from, to, unacknowledged }) => {
    const later = states.find((state) => state.from >= plus(to, TOLD_WITHIN) && state.handedOut !== undefined)
    return (
      from >= gap.deadline &&
      later?.handedOut !== undefined &&
      later.handedOut - before === unacknowledged &&
      vouchForBroker(view, 'firehose', zero.from, later.from).vouched
    )
  })
}

/** A message that was rejected lies in another queue; nobody can say so of this one. */
function isNowhereElse({ course, message }: Case, delivered: MessageDelivered, settled: QueueState): boolean {
  const { view } = course.assembly
  const { queue, retry = [], terminal = [] } = message.spec
  if (vouchForBroker(view, 'dead-letters', delivered.at.earliest, settled.to).vouched) return true
  const setups = setupsFrom(view, queue, delivered.at.earliest)
  if (setups.length > 0 && setups.every(({ deadLetterExchange }) => deadLetterExchange === null)) return true
  const since = plus(delivered.at.latest, SETTLING)
  return (
    terminal.length > 0 &&
    retry.every((delay) =>
      statesSince(view, delay, since).some((state) => isEmpty(state) && state.to <= settled.from),
    ) &&
    terminal.every((grave) => statesSince(view, grave, settled.from).some(isEmpty))
  )
}

/** The receiver tells spans of handling messages, all of its spans until the deadline have come, and none of this one has ended. */
function isStillAtIt({ course, message }: Case, from: UnixNanos): boolean {
  const { view } = course.assembly
  return (
    view.actsOf(message.spec.to).some(({ op }) => op === 'consume') &&
    vouchForExports(view, message.spec.to, from, message.gap.deadline).vouched
  )
}
