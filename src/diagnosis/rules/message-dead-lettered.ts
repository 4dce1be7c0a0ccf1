import type { Death, MessageDeadLettered } from '../../evidence/fact.ts'
import { type MessageTrack, wayOf } from '../../journey/broker/trail.ts'
import { consumesOf } from '../../journey/crossings/queue.ts'
import { fromMs, latest, plus, type UnixNanos } from '../../shared/units.ts'
import { proofOfMessage } from '../broker-proofs.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import { lackingAt } from '../lacking.ts'
import { awaitedOn, foundOn, type MessageCourse, messagesUnderWay, uncheckedOn } from '../message-course.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { awaitsSender } from './message-not-published.ts'

/**
 * A message arrived in a queue from which the contract lets none come back by itself. Proof: the broker's own, with reason and count from `x-death`. It is spoken at
 * once, unless a copy of the message is still on its way, or its news has been seen all the same: then the missed deadline must be proven too. A queue
 * the contract calls a delay is no end; one it does not name is an end only once the deadline has passed.
 */
export const messageDeadLettered: Rule = {
  code: 'message-dead-lettered',
  provenBy: [['rabbitmq']],
  judge: (course) => join(messagesUnderWay(course).map((message) => judge(course, message))),
}

function judge(course: Course, message: MessageCourse): Judgement {
  const { trail, spec } = message
  const ends = trail.tracks.flatMap(({ last }) =>
    last.kind === 'message-dead-lettered' && isEnd(message, last) ? [last] : [],
  )
  const end = ends.at(-1)
  if (end === undefined) return NOTHING
  const earlier = newsMissedBefore(course, message)
  const before = `the news ${spec.to} should have had before`
  if (earlier === 'unknown') return mayBeSymptom(message, before)
  if (earlier !== null) return awaitedOn(message, earlier, before)
  const isFinal =
    message.news !== 'shown' &&
    ends.length === trail.tracks.length &&
    !isCopyOnItsWay(message, trail.tracks) &&
    ends.every(({ queues }) => queues.some((queue) => spec.terminal?.includes(queue)))
  const absence = isFinal ? null : lackingAt(course, message.gap)
  if (absence !== null && absence.state !== 'proven') return NOTHING
  const { view } = course.assembly
  const failed = consumesOf(view, message.step, spec).findLast(({ error }) => error !== null)
  const [death] = end.deaths
  const why =
    failed?.error == null
      ? ''
      : ` (${failed.error.type}${failed.error.message === '' ? '' : `: ${failed.error.message}`})`
  return foundOn(message, {
    code: 'message-dead-lettered',
    message: `The message of ${nameLink(message.step)} ${fateInWords(message, end, death)} at ${clockTime(end.at.latest)}, and is now in ${end.queues.join(', ')}${why}.`,
    owner: ownerOf(course, spec.to),
    hint: hintFor(message, end, death),
    detectedAt: absence === null ? end.seenAt : latest(end.seenAt, absence.at),
    evidence: [
      proofOfMessage(end),
      ...(failed === undefined ? [] : [proofOfAct(view, failed)]),
      ...(absence === null ? [] : absence.proof),
    ],
  })
}

/** What a missing message's own rule needs after its deadline. */
const DECIDED_MS = 2_000

/**
 * A receiver that never got earlier news may reject what builds upon it. Until when that may still show; null where nothing is missing, or what is
 * missing is proven to be and explains the rest; `unknown` where nobody can tell any more whether it is.
 */
function newsMissedBefore(course: Course, { index, spec }: MessageCourse): UnixNanos | 'unknown' | null {
  const missed = course.gaps.filter((gap) => gap.branch && gap.index < index && gap.watched === spec.to)
  const absences = missed.map((gap) => ({ gap, absence: lackingAt(course, gap) }))
  const decided = absences
    .flatMap(({ gap, absence }) => [
      plus(gap.deadline, fromMs(DECIDED_MS)),
      ...(absence.state === 'awaited' ? [absence.until] : []),
      ...[awaitsSender(course, gap)].filter((at) => at !== null),
    ])
    .filter((at) => at > course.now)
  if (decided.length > 0) return decided.reduce(latest)
  return absences.some(({ absence }) => absence.state === 'unknown') ? 'unknown' : null
}

/** Where the order broke cannot be said, but that it passed neither. */
const mayBeSymptom = (message: MessageCourse, what: string): Judgement => ({
  ...uncheckedOn(
    message,
    'message-dead-lettered',
    `nobody tells whether ${message.spec.to} had earlier news of the order`,
  ),
  pending: [{ index: message.index, branch: message.step.branch, watched: message.gap.watched, until: null, what }],
})

/** Neither the receiver's queue nor a delay before it. */
const isEnd = ({ spec }: MessageCourse, { queues }: MessageDeadLettered): boolean =>
  queues.length > 0 && !queues.some((queue) => wayOf(spec).includes(queue))

/** The sender's span tells of a message of which the broker has told nothing. */
function isCopyOnItsWay({ found }: MessageCourse, tracks: readonly MessageTrack[]): boolean {
  const { sender } = found.crossing
  const id = sender?.op === 'publish' ? sender.message.messageId : null
  return id !== null && tracks.every(({ last }) => last.messageId !== null && last.messageId !== id)
}

/** Over all its deaths in the hand-off's own queue. */
const countOf = ({ spec }: MessageCourse, { deaths }: MessageDeadLettered, reason: Death['reason']): number =>
  deaths
    .filter((death) => death.queue === spec.queue && death.reason === reason)
    .reduce((sum, { count }) => sum + count, 0)

function fateInWords(message: MessageCourse, end: MessageDeadLettered, death: Death | undefined): string {
  const { spec } = message
  if (death === undefined) return 'was dead-lettered'
  const times = countOf(message, end, death.reason)
  switch (death.reason) {
    case 'rejected':
      return `was rejected by ${spec.to}${times > 1 ? ` ${times} times, the last` : ''}`
    case 'expired':
      return `expired in ${death.queue} before ${spec.to} took it,`
    case 'maxlen':
      return `was pushed out of ${death.queue}, which was full,`
    case 'delivery_limit':
      return `was given up by the broker, after ${spec.to} took it too often without settling it,`
  }
}

function hintFor({ spec }: MessageCourse, { queues }: MessageDeadLettered, death: Death | undefined): string {
  const back = `then move the message back from ${queues.join(', ')}`
  switch (death?.reason) {
    case 'expired':
      return `see why ${spec.to} did not take it in time, or give ${death.queue} a longer time-to-live; ${back}`
    case 'maxlen':
      return `see why ${death.queue} filled up; ${back}`
    case 'delivery_limit':
      return `see why ${spec.to} loses its channel or requeues; ${back}`
    case 'rejected':
    case undefined:
      return `look for the exception in ${spec.to} at that moment and mend it; ${back}`
  }
}
