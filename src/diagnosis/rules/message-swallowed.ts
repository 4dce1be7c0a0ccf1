import { proofOfMessage, proofOfState } from '../broker-proofs.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import type { Fate } from '../fate/fate.ts'
import { fateOf } from '../fate/message-fate.ts'
import { lackingAt } from '../lacking.ts'
import { foundOn, type MessageCourse, messagesUnderWay, untilDenied } from '../message-course.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * The receiver took the message, settled it, and the change it brings never happened. Proof: the span of its handling ended well, or the queue's totals say that nothing is left to settle; and the
 * receiver's denial past the deadline. Only where the contract makes the receiver show the news itself: elsewhere its own work may as well hang.
 */
export const messageSwallowed: Rule = {
  code: 'message-swallowed',
  provenBy: [
    ['otlp', 'status-api'],
    ['otlp', 'postgres'],
    ['rabbitmq', 'status-api'],
    ['rabbitmq', 'postgres'],
  ],
  judge: (course) => join(messagesUnderWay(course).map((message) => judge(course, message))),
}

function judge(course: Course, message: MessageCourse): Judgement {
  if (message.news !== 'lacking') return NOTHING
  const fate = fateOf(course, message)
  if (fate.is !== 'settled') return NOTHING
  const absence = lackingAt(course, message.gap)
  if (absence.state !== 'proven') return untilDenied(course, message, absence)
  const { spec, gap, trail } = message
  const { view } = course.assembly
  const delivered = trail.tracks.flatMap((track) => track.delivered).at(-1)
  const settled = 'op' in fate.by ? proofOfAct(view, fate.by) : proofOfState(fate.by)
  const taken = delivered === undefined ? settled.at : delivered.at.latest
  return foundOn(message, {
    code: 'message-swallowed',
    message: `${spec.to} took the message of ${nameLink(message.step)} at ${clockTime(taken)} ${settledInWords(fate)}, but ${gap.news ?? 'the change it brings'} never happened there.`,
    owner: ownerOf(course, spec.to),
    hint: `look for an exception that was caught, or a statement that was rolled back, in ${spec.to} at that moment; then publish the message again`,
    detectedAt: absence.at,
    evidence: [
      ...(delivered === undefined ? [] : [proofOfMessage(delivered)]),
      settled,
      ...(fate.failed === null ? [] : [proofOfAct(view, fate.failed)]),
      ...absence.proof,
    ],
  })
}

const settledInWords = ({ failed }: Extract<Fate, { is: 'settled' }>): string =>
  failed?.error == null
    ? 'and settled it'
    : `and failed (${failed.error.type}: ${failed.error.message}), and the broker kept no copy`
