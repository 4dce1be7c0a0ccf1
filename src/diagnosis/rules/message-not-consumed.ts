import type { Course, Gap } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import { lackingAt } from '../lacking.ts'
import { isHandoff, type Judgement, join, NOTHING, ownerOf, placed, type Rule, stageBehind } from '../rule.ts'

/**
 * The message lies in the queue past its deadline. What spans and status APIs can prove of it: it was published and the broker confirmed it, and its
 * receiver was not running from then until after the deadline. A receiver that runs and shows nothing is `stage-overdue` here: without a broker witness
 * the message may as well have been lost.
 */
export const messageNotConsumed: Rule = {
  code: 'message-not-consumed',
  provenBy: [['otlp', 'status-api'], ['rabbitmq']],
  judge: (course) => join(course.gaps.map((gap) => judge(course, gap))),
}

function judge(course: Course, gap: Gap): Judgement {
  if (!isHandoff(gap.step) || gap.step.spec.kind !== 'queue' || !('crossing' in gap.found)) return NOTHING
  const { sender } = gap.found.crossing
  const { spec } = gap.step
  if (sender === null || sender.error !== null) return NOTHING
  const absence = lackingAt(course, gap)
  if (absence.state !== 'proven') return NOTHING
  if (absence.by !== 'silence-of-a-dead-system') {
    const why = `no broker witness: the message may wait in ${spec.queue}, or be gone`
    return { findings: [], unchecked: [{ code: 'message-not-consumed', handoff: gap.step.handoff, stage: null, why }] }
  }
  const published = proofOfAct(course.assembly.view, sender)
  return placed(gap, {
    code: 'message-not-consumed',
    class: 'queue',
    severity: 'broken',
    handoff: gap.step.handoff,
    stage: stageBehind(gap),
    message: `The message of ${nameLink(gap.step)} was published at ${clockTime(published.at)} and nobody has taken it: ${spec.to} is not running.`,
    owner: ownerOf(course, spec.to),
    hint: `start ${spec.to}; the message waits in ${spec.queue}`,
    detectedAt: absence.at,
    evidence: [published, ...absence.proof],
    explains: [],
  })
}
