import type { QueueSetup, QueueState } from '../evidence/condition.ts'
import type { MessageDelivered } from '../evidence/fact.ts'
import type { ActOf } from '../journey/act.ts'
import { isBound, isEmpty, isSettled, setupsFrom, statesSince } from '../journey/broker/queue-states.ts'
import { type MessageTrack, wayOf } from '../journey/broker/trail.ts'
import { vouchForBroker } from '../journey/broker/vouch.ts'
import { endOf } from '../journey/crossings/crossing.ts'
import { consumesOf } from '../journey/crossings/queue.ts'
import { forStatus } from '../journey/path.ts'
import { type Vouched, vouchForSpans } from '../journey/vouch.ts'
import { fromMs, latest, plus, type UnixNanos } from '../shared/units.ts'
import type { Course } from './course.ts'
import type { MessageCourse } from './message-course.ts'

/** What became of a message that has not brought its outcome by its deadline, as far as broker and spans tell. */
export type Fate =
  /** In the queue, and why nobody takes it. `returned`: it had been handed out before. */
  | {
      readonly is: 'waiting'
      readonly why: 'no-consumer' | 'stuck' | 'unread'
      readonly state: QueueState
      readonly returned: boolean
    }
  /** Neither queued nor handed out. */
  | {
      readonly is: 'lost'
      readonly how: 'expired' | 'crowded-out' | 'queue-gone' | 'removed'
      readonly state: QueueState
    }
  /** Handed out and not settled; null where only the spans tell. */
  | { readonly is: 'unsettled'; readonly state: QueueState | null; readonly delivered: MessageDelivered }
  /** Handed out and settled: by the span of its handling, or by the queue's totals. */
  | { readonly is: 'settled'; readonly by: ActOf<'consume'> | QueueState; readonly failed: ActOf<'consume'> | null }
  /** `until`: something may still tell by then; null when nothing more is expected. */
  | { readonly is: 'unknown'; readonly why: string; readonly until: UnixNanos | null }

/** Totals are up to five seconds old when they are told, and asked for every two. */
const TOTALS_MS = 8_000
/** A pilot behind the moment, and the one after it. */
const TAP_MS = 2_000
/** A message that came into the broker may stand in its queue a little later. */
const SETTLING = fromMs(250)

const worked = new WeakMap<MessageCourse, Fate>()

/** Looks from the deadline on; before it everything is well. */
export function fateOf(course: Course, message: MessageCourse): Fate {
  const before = worked.get(message)
  if (before !== undefined) return before
  const fate = course.now < message.gap.deadline ? unknown('its time has not passed') : read({ course, message })
  worked.set(message, fate)
  return fate
}

interface Case {
  readonly course: Course
  readonly message: MessageCourse
}

const unknown = (why: string, until: UnixNanos | null = null): Fate => ({ is: 'unknown', why, until })

function read(here: Case): Fate {
  const { message } = here
  const handled = lastHandling(here)
  const track = message.trail.tracks.reduce<MessageTrack | null>(
    (latestTrack, each) =>
      latestTrack === null || each.last.at.latest > latestTrack.last.at.latest ? each : latestTrack,
    null,
  )
  if (track === null) return bySpansAndTotals(here, handled)
  const { last } = track
  if (last.kind === 'message-delivered') return handedOut(here, last, handled)
  const towards = wayOf(message.spec).filter((queue) => last.queues.includes(queue))
  return towards.length === 0 ? unknown('the broker put it elsewhere') : inQueue(here, track, towards)
}

/** The receiver's last handling of the message whose span has ended. */
const lastHandling = ({ course, message }: Case): ActOf<'consume'> | null =>
  consumesOf(course.assembly.view, message.step, message.spec).reduce<ActOf<'consume'> | null>(
    (last, act) => (last === null || act.span.end >= last.span.end ? act : last),
    null,
  )

/** It came into a queue, and was not seen to leave it. */
function inQueue(here: Case, { last, delivered }: MessageTrack, towards: readonly string[]): Fate {
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
function mayHaveDied({ course, message }: Case, from: UnixNanos, to: UnixNanos): boolean {
  const { view } = course.assembly
  if (vouchForBroker(view, 'dead-letters', from, to).vouched) return false
  const setups = setupsFrom(view, message.spec.queue, from)
  return setups.length === 0 || setups.some((setup) => setup.deadLetterExchange !== null && dropsUnread(setup))
}

const dropsUnread = ({ messageTtlMs, maxLength }: QueueSetup): boolean => messageTtlMs !== null || maxLength !== null

function lost({ course, message }: Case, from: UnixNanos, state: QueueState): Fate {
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
function waiting(here: Case, from: UnixNanos, returned: boolean): Fate {
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

/** The broker handed it to a consumer, and that is the last it tells. */
function handedOut(here: Case, delivered: MessageDelivered, handled: ActOf<'consume'> | null): Fate {
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
    if (still !== undefined && held.every(({ unacknowledged }) => unacknowledged !== 0))
      return { is: 'unsettled', state: still, delivered }
    if (!isHeard(here) && isStillAtIt(here, delivered.at.earliest)) return { is: 'unsettled', state: null, delivered }
  }
  const isTotalled = fresh.some(({ unacknowledged }) => unacknowledged !== null)
  const until = isHeard(here) && !isTotalled ? stillAwaited(here, TOTALS_MS) : null
  return unknown(`whether ${spec.to} settled it does not show`, until)
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
    vouchForSpans(view, message.spec.to, from, message.gap.deadline).vouched
  )
}

/** No tap saw the message: its publish by a span, what became of it by the receiver's spans and the queue's totals. */
function bySpansAndTotals(here: Case, handled: ActOf<'consume'> | null): Fate {
  const { course, message } = here
  const { view } = course.assembly
  const { spec, found } = message
  const { sender } = found.crossing
  if (handled !== null)
    return handled.error === null
      ? { is: 'settled', by: handled, failed: null }
      : unknown(`${spec.to} failed it, and where it went then is not told`)
  if (sender === null || sender.error !== null) return unknown('nobody told of its publication')
  if (!isHeard(here)) return unknown(`no broker witness: the message may wait in ${spec.queue}, or be gone`)
  const published = view.clocks.moment(endOf(sender))
  const from = plus(published.latest, SETTLING)
  const untaken = (to: UnixNanos): boolean => vouchForSpans(view, spec.to, published.earliest, to).vouched
  const gone = statesSince(view, spec.queue, from).find((state) => isSettled(state) && untaken(state.to))
  if (gone !== undefined && !isRouted(here, published.earliest))
    return unknown(`nobody tells whether the broker had ${spec.queue} for it`, stillAwaited(here, TOTALS_MS))
  if (gone !== undefined && !mayHaveDied(here, published.earliest, gone.to)) return lost(here, published.earliest, gone)
  const fate = waiting(here, from, false)
  if (fate.is !== 'waiting' || fate.why === 'no-consumer' || untaken(message.gap.deadline)) return fate
  return unknown(`others wait in ${spec.queue} too, and no tap tells of this one`)
}

/** The queue was bound to the message's address all the time, so that a publish came into it. */
function isRouted({ course, message }: Case, from: UnixNanos): boolean {
  const { spec, step } = message
  const key = forStatus(spec.key, step.status)
  const setups = setupsFrom(course.assembly.view, spec.queue, from)
  return key !== null && setups.length > 0 && setups.every((setup) => isBound(setup, spec.exchange, key))
}

const isHeard = ({ course, message }: Case): boolean =>
  course.assembly.view.states('queue-state', message.spec.queue).length > 0

/** Until when a witness that takes so long may still tell of the deadline; null once that has passed. */
function stillAwaited({ course, message }: Case, takesMs: number): UnixNanos | null {
  const until = plus(message.gap.deadline, fromMs(takesMs))
  return course.now < until ? until : null
}
