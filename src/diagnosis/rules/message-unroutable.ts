import type { MessagePublished } from '../../evidence/fact.ts'
import { wayOf } from '../../journey/broker/trail.ts'
import { latest } from '../../shared/units.ts'
import { proofOfMessage } from '../broker-proofs.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink } from '../describe.ts'
import { lackingAt } from '../lacking.ts'
import { foundOn, type MessageCourse, messagesUnderWay } from '../message-course.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * The broker had the message and no queue for it: nothing else tells, a publish into nowhere is confirmed and its span ends well. Proof: every publication of the message was routed to no queue,
 * an alternate exchange's included; that is spoken at once. At the deadline also: routed, but to none of the hand-off's queues; or nothing under the
 * hand-off's own key, and a message under a key that nobody is bound to and the contract does not know.
 */
export const messageUnroutable: Rule = {
  code: 'message-unroutable',
  provenBy: [['rabbitmq']],
  judge: (course) => join(messagesUnderWay(course).map((message) => judge(course, message))),
}

function judge(course: Course, message: MessageCourse): Judgement {
  const { tracks } = message.trail
  const published = tracks.flatMap((track) => track.published)
  const [first] = published
  if (tracks.some(({ delivered, deadLettered }) => delivered.length + deadLettered.length > 0)) return NOTHING
  if (first === undefined) return tracks.length > 0 ? NOTHING : underAnotherKey(course, message)
  if (published.some(({ queues }) => queues.some((queue) => wayOf(message.spec).includes(queue)))) return NOTHING
  if (published.every(({ queues }) => queues.length === 0)) return unbound(course, message, first)
  return elsewhere(course, message, published)
}

function unbound(course: Course, message: MessageCourse, published: MessagePublished): Judgement {
  const { spec } = message
  return foundOn(message, {
    code: 'message-unroutable',
    message: `${spec.from} published the message of ${nameLink(message.step)} at ${clockTime(published.at.latest)}, and the broker had no queue for it: nothing is bound to exchange ${spec.exchange} under ${published.routingKey}.`,
    owner: ownerOf(course, spec.to),
    hint: `bind ${spec.queue} to ${spec.exchange} again, then publish the message once more: it is kept nowhere`,
    detectedAt: published.seenAt,
    evidence: [proofOfMessage(published)],
  })
}

function elsewhere(course: Course, message: MessageCourse, published: readonly MessagePublished[]): Judgement {
  const absence = lackingAt(course, message.gap)
  if (absence.state !== 'proven') return NOTHING
  const { spec } = message
  const last = published.findLast(({ queues }) => queues.length > 0)
  if (last === undefined) return NOTHING
  return foundOn(message, {
    code: 'message-unroutable',
    message: `The message of ${nameLink(message.step)} was published at ${clockTime(last.at.latest)} and went to ${last.queues.join(', ')}, not to ${spec.queue}: that queue is not bound under ${last.routingKey}.`,
    owner: ownerOf(course, spec.to),
    hint: `bind ${spec.queue} to ${spec.exchange} again, then move the message over from ${last.queues.join(', ')}`,
    detectedAt: latest(last.seenAt, absence.at),
    evidence: [proofOfMessage(last), ...absence.proof],
  })
}

/** A message of the order that nobody takes is no break by itself: it may be an event nobody needs. In place of the one that is missing it is. */
function underAnotherKey(course: Course, message: MessageCourse): Judgement {
  const { spec, gap, step, trail } = message
  if (gap.step !== step || message.found.crossing.sender !== null) return NOTHING
  const laterSince = messagesUnderWay(course)
    .filter((other) => other.index > message.index && other.spec.exchange === spec.exchange)
    .map((other) => other.gap.since.earliest)
  const stray = trail.strays.findLast(
    ({ at }) => at.latest >= gap.since.earliest && laterSince.every((since) => at.latest < since),
  )
  if (stray === undefined) return NOTHING
  const absence = lackingAt(course, gap)
  if (absence.state !== 'proven') return NOTHING
  return foundOn(message, {
    code: 'message-unroutable',
    message: `Nothing was published under the key of ${nameLink(step)}; at ${clockTime(stray.at.latest)} exchange ${spec.exchange} got a message of the order under ${stray.routingKey}, to which no queue is bound.`,
    owner: ownerOf(course, spec.from),
    hint: `see whether ${spec.from} uses the right routing key; the message is kept nowhere and must be published again`,
    detectedAt: latest(stray.seenAt, absence.at),
    evidence: [proofOfMessage(stray), ...absence.proof],
  })
}
