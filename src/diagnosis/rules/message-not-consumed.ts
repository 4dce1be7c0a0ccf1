import { latest } from '../../shared/units.ts'
import { proofOfMessage, proofOfState } from '../broker-proofs.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import type { Fate } from '../fate/fate.ts'
import { fateOf } from '../fate/message-fate.ts'
import type { Finding, Proof } from '../finding.ts'
import { deadThroughout, lackingAt } from '../lacking.ts'
import { foundOn, type MessageCourse, messagesUnderWay, uncheckedOn } from '../message-course.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * The message lies in the queue past its deadline. Proof by the broker: it came in, was handed to nobody, and the queue's totals say that messages wait and who would take them. Without
 * the broker: it was published, and its receiver was not running from then until after the deadline. A receiver that runs and shows nothing is `stage-overdue` there: the
 * message may as well have been lost.
 */
export const messageNotConsumed: Rule = {
  code: 'message-not-consumed',
  provenBy: [['otlp', 'status-api'], ['rabbitmq']],
  judge: (course) => join(messagesUnderWay(course).map((message) => judge(course, message))),
}

function judge(course: Course, message: MessageCourse): Judgement {
  if (message.news === 'shown') return NOTHING
  const fate = fateOf(course, message)
  if (fate.is === 'waiting') return byTotals(course, message, fate)
  return fate.is === 'unknown' ? byDeadReceiver(course, message, fate.why) : NOTHING
}

function byTotals(course: Course, message: MessageCourse, fate: Extract<Fate, { is: 'waiting' }>): Judgement {
  const { spec, gap } = message
  const { why, hint } = {
    'no-consumer': {
      why: `nobody takes it: ${spec.queue} has no consumer`,
      hint: `see whether ${spec.to} is running and subscribed; the message waits in ${spec.queue}`,
    },
    stuck: {
      why: `nobody takes it: the consumer of ${spec.queue} holds as many messages as it may and settles none`,
      hint: `see what ${spec.to} is stuck with; when its consumer is restarted the broker hands all of them out again`,
    },
    unread: {
      why: `its consumer has not been handed it`,
      hint: `see why ${spec.to} takes messages so slowly; the message waits in ${spec.queue}`,
    },
  }[fate.why]
  const sent = sentAt(course, message)
  const again = fate.returned ? ' after it came back unsettled,' : ''
  return found(
    message,
    course,
    `The message of ${nameLink(message.step)} waits in ${spec.queue}${sent === null ? '' : ` since ${sent}`},${again} and ${why}.`,
    hint,
    [...entered(course, message), proofOfState(fate.state)],
    latest(gap.deadline, fate.state.to),
  )
}

function byDeadReceiver(course: Course, message: MessageCourse, why: string): Judgement {
  const {
    gap,
    step,
    spec,
    trail,
    found: { crossing },
  } = message
  const isSent = crossing.sender !== null ? crossing.sender.error === null : trail.tracks.length > 0
  if (gap.step !== step || !isSent) return NOTHING
  const absence = lackingAt(course, gap)
  if (absence.state !== 'proven') return NOTHING
  const sent = sentAt(course, message)
  // A row may have told already that the news has not come; that nobody ran is more.
  const dead = deadThroughout(course, gap.watched, gap.since.earliest, gap.deadline)
  if (dead === null || trail.tracks.some(({ delivered }) => delivered.length > 0))
    return uncheckedOn(message, 'message-not-consumed', why)
  return found(
    message,
    course,
    `The message of ${nameLink(step)} was published${sent === null ? '' : ` at ${sent}`} and nobody has taken it: ${spec.to} is not running.`,
    `start ${spec.to}; the message waits in ${spec.queue}`,
    [...entered(course, message), ...dead.proof],
    latest(absence.at, dead.at),
  )
}

/** How it came in: by the broker's word, else by the sender's span. */
function entered(course: Course, { trail, found: { crossing } }: MessageCourse): readonly Proof[] {
  const told = trail.tracks.flatMap(({ published }) => published).at(-1)
  if (told !== undefined) return [proofOfMessage(told)]
  return crossing.sender === null ? [] : [proofOfAct(course.assembly.view, crossing.sender)]
}

function sentAt(course: Course, message: MessageCourse): string | null {
  const [proof] = entered(course, message)
  return proof === undefined ? null : clockTime(proof.at)
}

const found = (
  message: MessageCourse,
  course: Course,
  sentence: string,
  hint: string,
  evidence: readonly Proof[],
  detectedAt: Finding['detectedAt'],
): Judgement =>
  foundOn(message, {
    code: 'message-not-consumed',
    message: sentence,
    owner: ownerOf(course, message.spec.to),
    hint,
    detectedAt,
    evidence,
  })
