import { vouchForSpans } from '../../journey/vouch.ts'
import { earliest, fromMs, latest, plus, type UnixNanos } from '../../shared/units.ts'
import type { Course, Gap } from '../course.ts'
import { clockTime, nameLink } from '../describe.ts'
import { lackingAt, settleMs } from '../lacking.ts'
import { isHandoff, type Judgement, join, NOTHING, ownerOf, placed, type Rule, stageBehind } from '../rule.ts'

/**
 * The sender's work was finished and nothing entered the broker. Proof: the receiver has nothing by the deadline, and the sender's spans, complete from
 * its work to some time after it, hold no publish. Without the sender's complete spans this cannot be told from a message that waits.
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
  judge: (course) => join(course.gaps.map((gap) => judge(course, gap))),
}

function judge(course: Course, gap: Gap): Judgement {
  if (!isHandoff(gap.step) || gap.step.spec.kind !== 'queue' || !('crossing' in gap.found)) return NOTHING
  const { crossing } = gap.found
  const { spec } = gap.step
  if (crossing.sender !== null) return NOTHING
  const absence = lackingAt(course, gap)
  if (absence.state !== 'proven') return NOTHING
  const sent = vouchForSpans(course.assembly.view, spec.from, gap.since.earliest, sentBy(course, gap, spec.from))
  if (!sent.vouched) {
    return {
      findings: [],
      unchecked: [{ code: 'message-not-published', handoff: gap.step.handoff, stage: null, why: sent.why }],
    }
  }
  return placed(gap, {
    code: 'message-not-published',
    class: 'queue',
    severity: 'broken',
    handoff: gap.step.handoff,
    stage: stageBehind(gap),
    message: `${spec.from} had the order at ${clockTime(gap.since.best)} and never published its message: nothing was sent to exchange ${spec.exchange} for ${nameLink(gap.step)}.`,
    owner: ownerOf(course, spec.from),
    hint: `look in ${spec.from} between taking the order and publishing; publish it again from there`,
    detectedAt: absence.at,
    evidence: [
      ...absence.proof,
      {
        source: 'otlp',
        at: gap.deadline,
        what: `${spec.from} told all its spans since ${clockTime(gap.since.best)}: no publish to ${spec.exchange}`,
        ref: `coverage:${spec.from}`,
      },
    ],
    explains: [],
  })
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
  if (!isHandoff(step) || step.spec.kind !== 'queue' || !('crossing' in found) || found.crossing.sender !== null)
    return null
  const until = plus(deadline, fromMs(settleMs(course)))
  const sent = vouchForSpans(course.assembly.view, step.spec.from, since.earliest, sentBy(course, gap, step.spec.from))
  return !sent.vouched && sent.awaited && course.now < until ? until : null
}
