import type { SourceName } from '../../evidence/fact.ts'
import type { ActOf } from '../../journey/act.ts'
import { addressesOf, addressOf } from '../../journey/broker/addresses.ts'
import { vouchForBroker } from '../../journey/broker/vouch.ts'
import { type Vouched, vouchForSpans } from '../../journey/vouch.ts'
import { earliest, fromMs, latest, minus, plus, type UnixNanos } from '../../shared/units.ts'
import type { Course, Gap } from '../course.ts'
import { clockTime, nameLink } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { lackingAt, settleMs } from '../lacking.ts'
import { awaitedOn, foundOn, type MessageCourse, messagesUnderWay, uncheckedOn } from '../message-course.ts'
import { isHandoff, type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * The sender's work was finished and nothing entered the broker. Proof: the receiver has nothing by the deadline, and either the tap, which vouches for the whole time, saw
 * no such message of the order, or the sender's spans, complete from its work to some time after it, hold no publish. Without either this cannot be told from a
 * message that waits.
 */
export const messageNotPublished: Rule = {
  code: 'message-not-published',
  provenBy: [
    ['otlp', 'status-api'],
    ['otlp', 'postgres'],
    ['rabbitmq', 'otlp'],
    ['rabbitmq', 'status-api'],
    ['rabbitmq', 'postgres'],
  ],
  judge: (course) => join(messagesUnderWay(course).map((message) => judge(course, message))),
}

function judge(course: Course, message: MessageCourse): Judgement {
  const { gap, step, spec, trail } = message
  if (gap.step !== step || message.found.crossing.sender !== null || trail.tracks.length > 0) return NOTHING
  const absence = lackingAt(course, gap)
  const tapped = vouchByTap(course, gap)
  if (course.now < gap.deadline) return NOTHING
  const sent = vouchForSpans(course.assembly.view, spec.from, gap.since.earliest, sentBy(course, gap, spec.from))
  const instead = sentInstead(course, message)
  if (
    (!sent.vouched || instead !== null) &&
    !tapped.vouched &&
    tapped.awaited &&
    course.now < plus(gap.deadline, TAP_WITHIN)
  )
    return awaitedOn(message, plus(gap.deadline, TAP_WITHIN), 'the tap of the broker')
  if (absence.state !== 'proven') return NOTHING
  if (!sent.vouched && !tapped.vouched) return uncheckedOn(message, 'message-not-published', sent.why)
  // Something did enter the broker; whether it was meant for this, and where it went, only the broker could say.
  if (instead !== null && !tapped.vouched)
    return uncheckedOn(message, 'message-not-published', `${spec.from} published ${instead}`)
  return foundOn(message, {
    code: 'message-not-published',
    message: `${spec.from} had the order at ${clockTime(gap.since.best)} and never published its message: nothing of the order was sent to exchange ${spec.exchange} for ${nameLink(step)}${instead === null ? '' : `, but ${instead}`}.`,
    owner: ownerOf(course, spec.from),
    hint: `look in ${spec.from} between taking the order and publishing; publish it again from there`,
    detectedAt: absence.at,
    evidence: [
      ...absence.proof,
      ...(sent.vouched
        ? [
            silenceOf(
              'otlp',
              gap,
              `${spec.from} told all its spans since ${clockTime(gap.since.best)}: no publish to ${spec.exchange}`,
              spec.from,
            ),
          ]
        : []),
      ...(tapped.vouched
        ? [
            silenceOf(
              'rabbitmq',
              gap,
              `the tap saw every message since ${clockTime(gap.since.best)}: none of the order to ${spec.exchange} for this`,
              'firehose',
            ),
          ]
        : []),
    ],
  })
}

/** A publish by the sender's own spans under a key the contract does not know, which may have been meant for this. */
function sentInstead(course: Course, { spec, gap }: MessageCourse): string | null {
  const { view } = course.assembly
  const expected = addressesOf(view.contract)
  const other = view
    .actsOf(spec.from)
    .find(
      (act): act is ActOf<'publish'> =>
        act.op === 'publish' &&
        act.message.exchange === spec.exchange &&
        act.message.key !== null &&
        !expected.has(addressOf(spec.exchange, act.message.key)) &&
        view.timeOf(act).end >= gap.since.earliest,
    )
  return other === undefined ? null : `something under ${other.message.key}, a key the contract does not know`
}

const silenceOf = (source: SourceName, { deadline }: Gap, what: string, of: string): Proof => ({
  source,
  at: deadline,
  what,
  ref: `coverage:${of}`,
})

/** How long after the deadline its pilots may still be on their way. */
const TAP_WITHIN = fromMs(2_000)
/** A message may be sent a little before the work behind it is seen to be done. */
const AHEAD = fromMs(1_000)

/** The tap can say so only where the contract tells by what it knows the order's messages. */
function vouchByTap(course: Course, { since, deadline }: Gap): Vouched {
  const { view } = course.assembly
  if (view.contract.recognise.message === undefined)
    return { vouched: false, why: 'the contract does not say how a message is recognised', awaited: false }
  return vouchForBroker(view, 'firehose', latest(view.order.enteredAt, minus(since.earliest, AHEAD)), deadline)
}

/** A sender publishes while it works on the order or soon after; a relay that comes later still leaves its span before the deadline. */
const RELAY_MS = 2_000

/** By when the sender must have published: a little after its own last act about the order, at the latest by the deadline. */
function sentBy(course: Course, { since, deadline }: Gap, sender: string): UnixNanos {
  const { view } = course.assembly
  const ends = view
    .actsOf(sender)
    .map((act) => view.timeOf(act).end)
    .filter((end) => end >= since.earliest)
  if (ends.length === 0) return deadline
  return earliest(deadline, plus(ends.reduce(latest), fromMs(RELAY_MS)))
}

/**
 * Until when the sender's last spans may still come, by which a message never sent is told from one that got lost: the receiver's denial comes at once,
 * an export takes its time. Null when they are there, or nothing says that they are on their way.
 */
export function awaitsSender(course: Course, gap: Gap): UnixNanos | null {
  const { step, found, since, deadline } = gap
  // Whoever tells of the publish, span or broker: then it is known to have been sent.
  if (!isHandoff(step) || step.spec.kind !== 'queue' || !('crossing' in found) || found.crossing.started !== null)
    return null
  const until = plus(deadline, fromMs(settleMs(course)))
  const sent = vouchForSpans(course.assembly.view, step.spec.from, since.earliest, sentBy(course, gap, step.spec.from))
  return !sent.vouched && sent.awaited && course.now < until ? until : null
}
