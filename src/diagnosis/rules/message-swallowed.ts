import { endOf, startOf } from '../../journey/crossings/crossing.ts'
import { settingActs } from '../../journey/stage-evidence.ts'
import { proofOfMessage, proofOfState } from '../broker-proofs.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import type { Fate } from '../fate/fate.ts'
import { fateOf } from '../fate/message-fate.ts'
import { lackingAt } from '../lacking.ts'
import { foundOn, type MessageCourse, messagesUnderWay, untilDenied } from '../message-course.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { wroteAnother } from '../wrote-another.ts'

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
  if (isMadeOrOutdated(course, message)) return NOTHING
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

/**
 * The receiver's own span says that it made the change, so that it was undone since, or made another instead; or the receiver was further than this already when it was handed
 * the message, and rightly left it aside.
 */
function isMadeOrOutdated(course: Course, { gap, spec, found, trail }: MessageCourse): boolean {
  const { view } = course.assembly
  if (gap.news !== null && settingActs(view, spec.to, gap.news).length > 0) return true
  if (
    gap.news !== null &&
    found.crossing.receiver !== null &&
    wroteAnother(view, found.crossing.receiver, gap.news) !== null
  )
    return true
  const [delivered] = trail.tracks.flatMap((track) => track.delivered)
  const { receiver } = found.crossing
  const taken = delivered?.at.latest ?? (receiver === null ? null : view.clocks.moment(startOf(receiver)).best)
  if (taken === null) return false
  const later = course.stages
    .slice(course.stages.findIndex(({ step }) => step.stage === gap.news) + 1)
    .map(({ step }) => step.stage)
  return (
    later.some((stage) =>
      settingActs(view, spec.to, stage).some((act) => view.clocks.moment(endOf(act)).latest < taken),
    ) ||
    view.answersOf(spec.to).some(({ at, status }) => at.latest < taken && status !== null && later.includes(status))
  )
}

const settledInWords = ({ failed }: Extract<Fate, { is: 'settled' }>): string =>
  failed?.error == null
    ? 'and settled it'
    : `and failed (${failed.error.type}: ${failed.error.message}), and the broker kept no copy`
