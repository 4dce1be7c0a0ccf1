import type { MessageDelivered } from '../../evidence/fact.ts'
import type { MessageTrack } from '../../journey/broker/trail.ts'
import type { UnixNanos } from '../../shared/units.ts'
import { proofOfMessage } from '../broker-proofs.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink } from '../describe.ts'
import { lackingAt } from '../lacking.ts'
import { foundOn, type MessageCourse, messagesUnderWay, untilDenied } from '../message-course.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * One message goes round and round. Proof: the broker handed it out more often than the contract allows, or is still handing it out again after the deadline; and the receiver's
 * denial that anything came of it. Where the receiver has shown the news and works at what is behind it before it settles the message, fewer are enough: each begins that
 * work anew. A redelivery that then succeeds breaks nothing, however many there were.
 */
export const messageRedelivered: Rule = {
  code: 'message-redelivered',
  provenBy: [
    ['rabbitmq', 'status-api'],
    ['rabbitmq', 'postgres'],
    ['rabbitmq', 'otlp'],
  ],
  judge: (course) => join(messagesUnderWay(course).map((message) => judge(course, message))),
}

/** What the contract allows where it says nothing: a first delivery, two retries and one redelivery by accident. */
const DELIVERIES = 4
/** So many deliveries are a circle only if they go on past the deadline. */
const SURELY_AGAIN = 3
/** A circle may turn thousands of times; its first and last rounds prove as much. */
const SHOWN = 4

function judge(course: Course, message: MessageCourse): Judgement {
  const { spec, gap, trail } = message
  const allowed = spec.deliveries ?? DELIVERIES
  const round = trail.tracks
    .map(handedOut)
    .find(
      (deliveries) =>
        goesRound(deliveries, allowed, gap.deadline) || (message.news === 'shown' && isHandedOutAnew(deliveries)),
    )
  const [first] = round ?? []
  const last = round?.at(-1)
  if (round === undefined || first === undefined || last === undefined) return NOTHING
  const absence = lackingAt(course, gap)
  if (absence.state !== 'proven') return untilDenied(course, message, absence)
  return foundOn(message, {
    code: 'message-redelivered',
    message: `The message of ${nameLink(message.step)} goes round: ${spec.to} was handed it ${round.length} times between ${clockTime(first.at.latest)} and ${clockTime(last.at.latest)}, and nothing came of it.`,
    owner: ownerOf(course, spec.to),
    hint: `see why ${spec.to} gives it back each time: an exception that requeues, a lost channel, or work that takes longer than the broker's consumer timeout`,
    detectedAt: absence.at,
    evidence: [...shown(round).map(proofOfMessage), ...absence.proof],
  })
}

/** Deliveries of one message; of a message without a name only those the broker itself calls redelivered are surely the same one's. */
function handedOut({ delivered, last }: MessageTrack): readonly MessageDelivered[] {
  if (last.messageId !== null || last.context !== null) return delivered
  return delivered.filter(({ redelivered, deaths }, i) => i === 0 || redelivered || deaths.length > 0)
}

function goesRound(deliveries: readonly MessageDelivered[], allowed: number, deadline: UnixNanos): boolean {
  const last = deliveries.at(-1)
  if (last === undefined) return false
  return deliveries.length > allowed || (deliveries.length >= SURELY_AGAIN && last.at.earliest >= deadline)
}

/** The broker did not hear of the message in its time, and handed it out again by itself. */
const isHandedOutAnew = (deliveries: readonly MessageDelivered[]): boolean =>
  deliveries.length >= SURELY_AGAIN && deliveries.at(-1)?.redelivered === true

/** The message behind the work for a stage is being handed out anew, so that work that was broken off begins again. */
export const beginsAnew = (course: Course, stage: string): boolean =>
  messagesUnderWay(course).some(
    ({ news, gap, trail }) =>
      news === 'shown' &&
      gap.blocks?.stage === stage &&
      trail.tracks.some(
        ({ delivered, last }) => last.kind === 'message-delivered' && last.redelivered && delivered.length > 1,
      ),
  )

const shown = (round: readonly MessageDelivered[]): readonly MessageDelivered[] =>
  round.length <= SHOWN ? round : [...round.slice(0, SHOWN / 2), ...round.slice(-SHOWN / 2)]
