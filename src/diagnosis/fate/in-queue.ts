import type { QueueSetup, QueueState } from '../../evidence/condition.ts'
import { isEmpty, setupsFrom, statesSince } from '../../journey/broker/queue-states.ts'
import type { MessageTrack } from '../../journey/broker/trail.ts'
import { vouchForBroker } from '../../journey/broker/vouch.ts'
import type { Vouched } from '../../journey/vouch.ts'
import { latest, plus, type UnixNanos } from '../../shared/units.ts'
import { type Case, type Fate, isHeard, SETTLING, stillAwaited, TAP_MS, TOTALS_MS, unknown } from './fate.ts'

/** It came into a queue, and was not seen to leave it. */
export function inQueue(here: Case, { last, delivered }: MessageTrack, towards: readonly string[]): Fate {
  const { course, message } = here
  const { view } = course.assembly
  const { queue } = message.spec
  const stays = (to: UnixNanos): Vouched => vouchForBroker(view, 'firehose', last.at.earliest, to)
  const untilNow = stays(message.gap.deadline)
  if (!untilNow.vouched) return unknown(untilNow.why, untilNow.awaited ? stillAwaited(here, TAP_MS) : null)
  const emptied = emptiedSince(here, plus(last.at.latest, SETTLING), towards)
  const gone = emptied.find(({ to }) => stays(to).vouched)
  if (gone !== undefined) {
    if (!mayHaveDied(here, last.at.earliest, gone.to)) return lost(here, last.at.earliest, gone)
    return unknown(`it may have left ${queue} for a dead letter exchange unseen`, stillAwaited(here, TOTALS_MS))
  }
  if (emptied.length > 0)
    return unknown(`${queue} is empty, and the tap has not told all yet`, stillAwaited(here, TAP_MS))
  return waiting(here, plus(last.at.latest, SETTLING), delivered.length > 0)
}

/**
 * Moments after `from` at which the message was in none of its queues, if nobody was handed it. From a delay queue it can only have gone on into the queue itself, so
 * that one is looked at after the others were empty:
 *
 *   delay queue   ├─ message ─┤····empty····
 *   queue                      ?···········├─ empty: it is gone
 */
function emptiedSince({ course, message }: Case, from: UnixNanos, towards: readonly string[]): readonly QueueState[] {
  const { view } = course.assembly
  const { queue } = message.spec
  let start = from
  for (const delay of towards.filter((name) => name !== queue)) {
    const empty = statesSince(view, delay, from).find(isEmpty)
    if (empty === undefined) return []
    start = latest(start, empty.to)
  }
  return statesSince(view, queue, start).filter(isEmpty)
}

/** Whether it can have passed a dead letter exchange without anybody seeing it there. */
export function mayHaveDied({ course, message }: Case, from: UnixNanos, to: UnixNanos): boolean {
  const { view } = course.assembly
  if (vouchForBroker(view, 'dead-letters', from, to).vouched) return false
  const setups = setupsFrom(view, message.spec.queue, from)
  return setups.length === 0 || setups.some((setup) => setup.deadLetterExchange !== null && dropsUnread(setup))
}

const dropsUnread = ({ messageTtlMs, maxLength }: QueueSetup): boolean => messageTtlMs !== null || maxLength !== null

/** Why, by the queue's own arguments. */
export function lost({ course, message }: Case, from: UnixNanos, state: QueueState): Fate {
  const setups = setupsFrom(course.assembly.view, message.spec.queue, from)
  const silent = setups.filter(({ deadLetterExchange }) => deadLetterExchange === null)
  const how = !state.exists
    ? 'queue-gone'
    : silent.some(({ messageTtlMs }) => messageTtlMs !== null)
      ? 'expired'
      : silent.some(({ maxLength }) => maxLength !== null)
        ? 'crowded-out'
        : 'removed'
  return { is: 'lost', how, state }
}

/** What keeps it in the queue, by the totals since. */
export function waiting(here: Case, from: UnixNanos, returned: boolean): Fate {
  const { course, message } = here
  const { queue } = message.spec
  const since = statesSince(course.assembly.view, queue, from)
  const fresh = since.filter((state) => state.from >= message.gap.deadline)
  const until = stillAwaited(here, TOTALS_MS)
  if (fresh.length === 0 && isHeard(here) && until !== null) return unknown(`the totals of ${queue}`, until)
  const state = (fresh.length > 0 ? fresh : since).at(-1)
  if (state === undefined) return unknown(`nobody tells what is in ${queue}`)
  if ((state.ready ?? 0) === 0) return unknown(`it has not come to ${queue} again`, until)
  const consumers = since.findLast((each) => each.consumers !== null)?.consumers ?? null
  const unsettled = since.findLast(({ unacknowledged }) => unacknowledged !== null)?.unacknowledged ?? 0
  const why = consumers === 0 ? 'no-consumer' : unsettled > 0 ? 'stuck' : 'unread'
  return { is: 'waiting', why, state, returned }
}
