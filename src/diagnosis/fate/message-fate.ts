import type { ActOf } from '../../journey/act.ts'
import { isBound, isSettled, setupsFrom, statesSince } from '../../journey/broker/queue-states.ts'
import { type MessageTrack, wayOf } from '../../journey/broker/trail.ts'
import { endOf } from '../../journey/crossings/crossing.ts'
import { consumesOf } from '../../journey/crossings/queue.ts'
import { forStatus } from '../../journey/path.ts'
import { vouchForSpans } from '../../journey/vouch.ts'
import { plus, type UnixNanos } from '../../shared/units.ts'
import type { Course } from '../course.ts'
import type { MessageCourse } from '../message-course.ts'
import { type Case, type Fate, isHeard, SETTLING, stillAwaited, TOTALS_MS, unknown } from './fate.ts'
import { handedOut } from './handed-out.ts'
import { inQueue, lost, mayHaveDied, waiting } from './in-queue.ts'

const worked = new WeakMap<MessageCourse, Fate>()

/** Looks from the deadline on; before it everything is well. */
export function fateOf(course: Course, message: MessageCourse): Fate {
  const before = worked.get(message)
  if (before !== undefined) return before
  const fate = course.now < message.gap.deadline ? unknown('its time has not passed') : read({ course, message })
  worked.set(message, fate)
  return fate
}

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
