import { proofOfMessage, proofOfState } from '../broker-proofs.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink } from '../describe.ts'
import { fateOf } from '../fate/message-fate.ts'
import { lackingAt } from '../lacking.ts'
import { awaitedOn, foundOn, type MessageCourse, messagesUnderWay, untilDenied } from '../message-course.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * A consumer was handed the message and has not settled it past the deadline. The broker tells of no single acknowledgement; proof is the queue's total of unacknowledged
 * messages, which has not been zero since the delivery, and no ended span of the handling; or, without totals, the receiver's spans alone. And the receiver's
 * denial that the news has come.
 */
export const messageUnacknowledged: Rule = {
  code: 'message-unacknowledged',
  provenBy: [
    ['rabbitmq', 'status-api'],
    ['rabbitmq', 'postgres'],
    ['rabbitmq', 'otlp'],
  ],
  judge: (course) => join(messagesUnderWay(course).map((message) => judge(course, message))),
}

function judge(course: Course, message: MessageCourse): Judgement {
  if (message.news === 'shown') return NOTHING
  // A mirror's time may end a little before the link's own: until that has ended too nothing is said of either.
  if (message.isHandedOver && message.news === 'lacking' && course.now < message.gap.deadline)
    return awaitedOn(message, message.gap.deadline, `the news of ${message.step.id} at ${message.spec.to}`)
  const fate = fateOf(course, message)
  if (fate.is === 'unknown' && fate.until !== null) return awaitedOn(message, fate.until, fate.why)
  if (fate.is !== 'unsettled' || message.news !== 'lacking') return NOTHING
  const absence = lackingAt(course, message.gap)
  if (absence.state !== 'proven') return untilDenied(course, message, absence)
  const { spec } = message
  const { delivered, state } = fate
  return foundOn(message, {
    code: 'message-unacknowledged',
    message: `${spec.to} was handed the message of ${nameLink(message.step)} at ${clockTime(delivered.at.latest)} and has neither acknowledged nor rejected it.`,
    owner: ownerOf(course, spec.to),
    hint: `see what ${spec.to} has been doing with it since then; when its consumer is restarted the broker hands the message out again`,
    detectedAt: absence.at,
    evidence: [
      proofOfMessage(delivered),
      ...(state === null
        ? [
            {
              source: 'otlp' as const,
              at: message.gap.deadline,
              what: `${spec.to} told all its spans until ${clockTime(message.gap.deadline)}; the handling of the message has not ended`,
              ref: `coverage:${spec.to}`,
            },
          ]
        : [proofOfState(state)]),
      ...absence.proof,
    ],
  })
}
