import type { ContextPromise, HandoffSpec } from '../../contract/contract.ts'
import { trailOf } from '../../journey/broker/trail.ts'
import type { FoundStep } from '../../journey/hops.ts'
import { latest } from '../../shared/units.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { leakAt } from './context-leaked.ts'

/**
 * The order went on, and neither parent nor link came over a hand-off that promised it. Proof: the sender's span and the receiver's, in two traces that nothing
 * joins. Who dropped it, the broker tells: whether the message carried a context as it came in, and as it was handed over. Without it, that is not known.
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
  if (leakAt(course, found) !== null) return NOTHING
  const { view } = course.assembly
  const dropped = whoDropped(course, found)
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
          message: `The order crossed ${nameLink(step)}, but its trace context did not: ${step.spec.to} started a new trace with neither parent nor link. ${dropped.how}`,
          owner: dropped.owner,
          hint: dropped.hint,
          detectedAt: latest(sender.fact.seenAt, receiver.fact.seenAt),
          evidence: [proofOfAct(view, sender), ...dropped.proof, proofOfAct(view, receiver)],
          explains: [],
        },
      },
    ],
  }
}

interface Dropped {
  readonly how: string
  readonly owner: string
  readonly hint: string
  readonly proof: readonly Proof[]
}

function whoDropped(course: Course, { step }: Extract<FoundStep, { crossing: unknown }>): Dropped {
  const { spec } = step
  const { from, to } = spec
  const tracks = spec.kind === 'queue' ? trailOf(course.assembly.view, step, spec).tracks : []
  const published = tracks.flatMap((track) => track.published)[0]
  const delivered = tracks.flatMap((track) => track.delivered)[0]
  const seen = [published, delivered].flatMap((fact): readonly Proof[] =>
    fact === undefined
      ? []
      : [
          {
            source: fact.source,
            at: fact.at.latest,
            what: `message ${fact.kind === 'message-published' ? 'came in' : 'was handed over'} at ${clockTime(fact.at.latest)} ${fact.context === null ? 'without' : 'with'} a traceparent`,
            ref: fact.id,
          },
        ],
  )
  if (published !== undefined && published.context === null)
    return {
      how: `${from} did not inject it: the message came to the broker without a traceparent.`,
      owner: ownerOf(course, from),
      hint: `instrument the publishing of ${from}, or have it write traceparent into the message headers`,
      proof: seen,
    }
  if (delivered !== undefined && delivered.context !== null)
    return {
      how: `${to} did not extract it: the broker handed the message over with a traceparent.`,
      owner: ownerOf(course, to),
      hint: `instrument the consumer of ${to}, or have it read traceparent from the message headers`,
      proof: seen,
    }
  if (published !== undefined && delivered !== undefined)
    return {
      how: `Its headers were stripped on the way: the message came to the broker with a traceparent and was handed over without.`,
      owner: 'whoever runs the broker',
      hint: 'look for a shovel, a federation link, a bridge or a plugin that rewrites headers between exchange and queue',
      proof: seen,
    }
  if (published !== undefined)
    return {
      how: `The message came to the broker with a traceparent; either it was stripped on the way or ${to} did not extract it.`,
      owner: ownerOf(course, to),
      hint: `see whether the message ${to} is handed still carries a traceparent`,
      proof: seen,
    }
  return {
    how: `Either ${from} did not inject it or ${to} did not extract it.`,
    owner: ownerOf(course, to),
    hint: `see whether the message or row carries a traceparent: if so mend ${to}, else ${from}`,
    proof: seen,
  }
}

/** What a hand-off promises when the contract is silent: HTTP and messages carry context, rows and files do not. */
export const promiseOf = (spec: HandoffSpec): ContextPromise =>
  spec.context ?? (spec.kind === 'shared-database' || spec.kind === 'storage' ? 'none' : 'continuous')
