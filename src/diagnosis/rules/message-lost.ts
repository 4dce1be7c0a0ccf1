import { latest } from '../../shared/units.ts'
import { proofOfMessage, proofOfState } from '../broker-proofs.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import type { Fate } from '../fate/fate.ts'
import { fateOf } from '../fate/message-fate.ts'
import { foundOn, type MessageCourse, messagesUnderWay, uncheckedOn } from '../message-course.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * The message was routed into the queue and is neither there nor handed out. Proof: the tap, which vouches for the whole time since, saw no delivery; and the queue was empty at some
 * moment after. Why follows from the queue's own arguments: a time-to-live or a greatest length without a dead letter exchange; else somebody removed it.
 */
export const messageLost: Rule = {
  code: 'message-lost',
  provenBy: [['rabbitmq']],
  judge: (course) => join(messagesUnderWay(course).map((message) => judge(course, message))),
}

function judge(course: Course, message: MessageCourse): Judgement {
  if (message.news === 'shown') return NOTHING
  const fate = fateOf(course, message)
  if (fate.is === 'unknown' && fate.until === null && course.now >= message.gap.deadline)
    return message.trail.tracks.length === 0 && message.found.crossing.sender === null
      ? NOTHING
      : uncheckedOn(message, 'message-lost', fate.why)
  if (fate.is !== 'lost') return NOTHING
  const { spec, trail, found } = message
  const { sender } = found.crossing
  const entered = trail.tracks.flatMap(({ published }) => published).at(-1)
  return foundOn(message, {
    code: 'message-lost',
    message: `The message of ${nameLink(message.step)} came into ${spec.queue}${entered === undefined ? '' : ` at ${clockTime(entered.at.latest)}`} and ${spec.to} was never handed it; ${howInWords(message, fate)}.`,
    owner: ownerOf(course, spec.to),
    hint: hintFor(message, fate),
    detectedAt: latest(message.gap.deadline, fate.state.to),
    evidence: [
      ...(entered !== undefined
        ? [proofOfMessage(entered)]
        : sender === null
          ? []
          : [proofOfAct(course.assembly.view, sender)]),
      proofOfState(fate.state),
    ],
  })
}

type Lost = Extract<Fate, { is: 'lost' }>

function howInWords({ spec }: MessageCourse, { how, state }: Lost): string {
  const when = clockTime(state.to)
  switch (how) {
    case 'queue-gone':
      return `at ${when} there is no such queue any more`
    case 'expired':
      return `by ${when} it had expired: ${spec.queue} has a time-to-live and no dead letter exchange`
    case 'crowded-out':
      return `by ${when} it had been pushed out: ${spec.queue} has a greatest length and no dead letter exchange`
    case 'removed':
      return `by ${when} the queue was empty, so it was purged or removed`
  }
}

function hintFor({ spec }: MessageCourse, { how }: Lost): string {
  const again = `${spec.from} must publish it again`
  switch (how) {
    case 'expired':
      return `give ${spec.queue} a longer time-to-live or a dead letter exchange; ${again}`
    case 'crowded-out':
      return `give ${spec.queue} more room or a dead letter exchange; ${again}`
    case 'queue-gone':
      return `declare ${spec.queue} and its bindings; ${again}`
    case 'removed':
      return `find out who purged ${spec.queue} or took messages from it; ${again}`
  }
}
