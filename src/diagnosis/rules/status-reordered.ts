import { MONITOR_CLOCK, type StatusAnswered } from '../../evidence/fact.ts'
import type { Crossing } from '../../journey/crossings/crossing.ts'
import type { Course, MirrorCourse, StageCourse } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { lackingInMirror } from '../lacking.ts'
import { type Looks, looksOf, proofOfLook } from '../looks.ts'
import { atMirror, foundAt, type Place, placeAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { findDisorder, sequenceOf } from '../sequence.ts'

/**
 * Two statuses came in an order other than the contract's. Proof: a system's own history; or two messages over one hand-off that were sent in the wrong
 * order, by one clock and beyond its uncertainty or in the broker's own order, of which the receiver left the late one aside. Where the owner's order was right, the hand-off that
 * carried the news is named.
 */
export const statusReordered: Rule = {
  code: 'status-reordered',
  provenBy: [
    ['otlp', 'status-api'],
    ['otlp', 'postgres'],
    ['rabbitmq', 'status-api'],
    ['rabbitmq', 'postgres'],
  ],
  judge: (course) =>
    join([
      ...looksOf(course.assembly.view).map((looks) => byHistory(course, looks)),
      ...course.stages.map((stage) => bySending(course, stage)),
    ]),
}

function byHistory(course: Course, { system, looks }: Looks): Judgement {
  const sequence = sequenceOf(course.assembly.view)
  for (const look of looks) {
    const disorder = look.history === null ? null : findDisorder(sequence, look.history)
    if (disorder === null || disorder.overwrote) continue
    const place = placeAt(course, disorder.low, system)
    if (place === null || alreadyTold(course, look)) return NOTHING
    return reordered(
      course,
      place,
      system,
      `${system} had ${disorder.high} before ${disorder.low}: its history at ${clockTime(look.at.latest)} tells them in this order${place.handoff === null ? '' : `, told over ${place.handoff}`}.`,
      look.seenAt,
      [proofOfLook(look, `history ${look.history?.join(', ')}`)],
    )
  }
  return NOTHING
}

/** One history told by two sources is one finding. */
const alreadyTold = (course: Course, look: StatusAnswered): boolean =>
  looksOf(course.assembly.view).some(
    ({ system, source, looks }) =>
      system === look.system &&
      source < look.source &&
      looks.some(({ history }) => history?.join() === look.history?.join()),
  )

/** News of this stage was sent after news of a later one over the same hand-off, and the mirror has nothing of it. */
function bySending(course: Course, stage: StageCourse): Judgement {
  return join(
    stage.mirrors.map((mirror) => {
      const { system, carrier } = mirror
      const place = atMirror(stage, system)
      const own = sendingTo(course, mirror)
      if (own === null || carrier === null || place === null || mirror.evidence !== null) return NOTHING
      const overtaking = course.stages.find(
        (later) => later.index > stage.index && later.mirrors.some((other) => wasSentBefore(course, other, mirror)),
      )
      const absence = overtaking === undefined ? null : lackingInMirror(course, stage, mirror)
      if (overtaking === undefined || absence?.state !== 'proven') return NOTHING
      const sent = own.sender === null ? [] : [proofOfAct(course.assembly.view, own.sender)]
      return reordered(
        course,
        place,
        carrier.spec.from,
        `${carrier.spec.from} told ${stage.step.stage} over ${nameLink(carrier)} only after it had told ${overtaking.step.stage}; ${system} never had it.`,
        absence.at,
        [...sent, ...absence.proof],
      )
    }),
  )
}

/** The crossing by which news was sent to a mirror; null where nobody tells that it was sent. */
function sendingTo(course: Course, { carrierIndex }: MirrorCourse): Crossing | null {
  const found = course.assembly.path[carrierIndex]
  return found !== undefined && 'crossing' in found && found.crossing.started !== null ? found.crossing : null
}

/** Over the same hand-off, and surely earlier; a clock that was set back in between cannot deceive where the later sending was also told later. */
function wasSentBefore(course: Course, other: MirrorCourse, mirror: MirrorCourse): boolean {
  if (other.system !== mirror.system || other.carrier?.handoff !== mirror.carrier?.handoff) return false
  const [first, second] = [sendingTo(course, other)?.started, sendingTo(course, mirror)?.started]
  if (first == null || second == null) return false
  if (first.seenAt !== undefined && second.seenAt !== undefined) {
    if (first.seenAt > second.seenAt) return false
    // What only the broker told, it told in the order in which it came in.
    const isOfQueue = mirror.carrier?.spec.kind === 'queue'
    if (isOfQueue && first.clock === MONITOR_CLOCK && second.clock === MONITOR_CLOCK)
      return first.seenAt < second.seenAt
  }
  return course.assembly.view.clocks.elapsed(first, second).least > 0n
}

const reordered = (
  course: Course,
  place: Place,
  system: string,
  message: string,
  detectedAt: Proof['at'],
  evidence: readonly Proof[],
): Judgement =>
  foundAt(place, {
    code: 'status-reordered',
    class: 'order',
    severity: 'broken',
    message,
    owner: ownerOf(course, system),
    hint: `see what lets ${system} work on one order's statuses side by side`,
    detectedAt,
    evidence,
  })
