import type { ContextPromise, HandoffSpec } from '../../contract/contract.ts'
import type { FoundStep } from '../../journey/hops.ts'
import { latest } from '../../shared/units.ts'
import type { Course } from '../course.ts'
import { nameLink, proofOfAct } from '../describe.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * The order went on, and neither parent nor link came over a hand-off that promised it. Proof: the sender's span and the receiver's, in two traces that nothing
 * joins. Without a broker witness it cannot be told whether the sender did not inject or the receiver did not extract.
 */
export const contextLost: Rule = {
  code: 'context-lost',
  provenBy: [['otlp']],
  judge: (course) => join(course.assembly.path.map((found, index) => judge(course, found, index))),
}

function judge(course: Course, found: FoundStep, index: number): Judgement {
  if (!('crossing' in found) || promiseOf(found.step.spec) === 'none') return NOTHING
  const { step, crossing } = found
  const { sender, receiver } = crossing
  if (crossing.context !== 'lost' || sender === null || receiver === null) return NOTHING
  const { view } = course.assembly
  return {
    unchecked: [],
    findings: [
      {
        index,
        branch: step.branch,
        watched: step.spec.to,
        finding: {
          code: 'context-lost',
          class: 'trace',
          severity: 'degraded',
          handoff: step.handoff,
          stage: null,
          message: `The order crossed ${nameLink(step)}, but its trace context did not: ${step.spec.to} started a new trace with neither parent nor link. Either ${step.spec.from} did not inject it or ${step.spec.to} did not extract it.`,
          owner: ownerOf(course, step.spec.to),
          hint: `see whether the message or row carries a traceparent: if so mend ${step.spec.to}, else ${step.spec.from}`,
          detectedAt: latest(sender.fact.seenAt, receiver.fact.seenAt),
          evidence: [proofOfAct(view, sender), proofOfAct(view, receiver)],
          explains: [],
        },
      },
    ],
  }
}

/** What a hand-off promises when the contract is silent: HTTP and messages carry context, rows and files do not. */
export const promiseOf = (spec: HandoffSpec): ContextPromise =>
  spec.context ?? (spec.kind === 'shared-database' || spec.kind === 'storage' ? 'none' : 'continuous')
