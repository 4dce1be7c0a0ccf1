import type { MessageFact, MessagePublished } from '../../evidence/fact.ts'
import type { Act } from '../../journey/act.ts'
import { trailOf } from '../../journey/broker/trail.ts'
import type { FoundStep } from '../../journey/hops.ts'
import { vouchForSpans } from '../../journey/vouch.ts'
import { earliest, latest, type UnixNanos } from '../../shared/units.ts'
import type { Course } from '../course.ts'
import { nameLink, proofOfAct } from '../describe.ts'
import type { Proof, Unchecked } from '../finding.ts'
import { neverSavedFrom } from '../never-saved.ts'
import { pieceOfWork } from '../order-work.ts'
import { type Judgement, NOTHING, ownerOf, type PlacedFinding, type Rule } from '../rule.ts'

type FoundCrossing = Extract<FoundStep, { crossing: unknown }>

/**
 * The mark of a synthetic order did not come over a hand-off: the sender's work carries it, the receiver's does not. Proof: the spans of both, the receiver's
 * complete; or the message itself, seen by the broker, where the sender's spans carry it. Told once, for the first such hand-off; later ones are named along with it. An order that was never saved carries
 * no mark anywhere.
 */
export const markLost: Rule = {
  code: 'mark-lost',
  provenBy: [['otlp']],
  judge: (course) => {
    const losses: Loss[] = []
    const unchecked: Unchecked[] = []
    for (const [index, found] of course.assembly.path.entries()) {
      if (!('crossing' in found) || index >= neverSavedFrom(course)) continue
      const judged = judge(course, found, index)
      if (judged === null) continue
      if ('why' in judged) unchecked.push(judged)
      else losses.push(judged)
    }
    const [first, ...others] = losses
    if (first === undefined) return unchecked.length === 0 ? NOTHING : { findings: [], unchecked }
    return { findings: [tell(course, first, others)], unchecked } satisfies Judgement
  },
}

interface Loss {
  readonly index: number
  readonly found: FoundCrossing
  /** Who dropped it, and how that is known. */
  readonly who: string
  readonly how: string
  readonly at: UnixNanos
  readonly proof: readonly Proof[]
}

function judge(course: Course, found: FoundCrossing, index: number): Loss | Unchecked | null {
  const { step, crossing } = found
  const { from, to } = step.spec
  const tracks = step.spec.kind === 'queue' ? trailOf(course.assembly.view, step, step.spec).tracks : []
  const published = tracks.flatMap((track) => track.published).filter(({ marked }) => marked !== null)
  const [unmarked] = published.every(({ marked }) => marked === false) ? published : []
  const given = marksOf(course, crossing.sender)
  const sends = given.marked || (crossing.request !== null && names(course).length > 0) || published.some(isMarked)
  if (!sends) return null
  if (unmarked !== undefined) {
    const how = `${from} knows the mark and publishes without it`
    return { index, found, who: from, how, at: unmarked.seenAt, proof: [proofOfMessage(unmarked)] }
  }
  const delivered = tracks.flatMap((track) => track.delivered)
  const got = marksOf(course, crossing.receiver)
  if (crossing.receiver === null || got.acts.length === 0 || got.marked || names(course).length === 0) return null
  const vouched = vouchFor(course, to, got.acts)
  if (vouched !== null) return { code: 'mark-lost', handoff: step.handoff, stage: null, why: vouched }
  const had = delivered.some(isMarked) || published.some(isMarked)
  const how = had
    ? `the message carries it, ${to} does not take it over`
    : step.spec.kind === 'queue'
      ? `either ${from} did not send it along or ${to} did not take it over`
      : `${to} did not take it over`
  return {
    index,
    found,
    who: to,
    how,
    at: crossing.receiver.fact.seenAt,
    proof: [
      ...(given.marked && crossing.sender !== null ? [proofOfAct(course.assembly.view, crossing.sender)] : []),
      proofOfAct(course.assembly.view, crossing.receiver),
    ],
  }
}

const names = ({ assembly: { view } }: Course): readonly string[] => view.contract.recognise.mark ?? []
const isMarked = ({ marked }: MessageFact): boolean => marked === true

/** Whether any span of the piece of work says that the order is synthetic. */
function marksOf(course: Course, act: Act | null): { readonly marked: boolean; readonly acts: readonly Act[] } {
  if (act === null) return { marked: false, acts: [] }
  const { acts } = pieceOfWork(course, act)
  return { acts, marked: acts.some(({ span }) => names(course).some((name) => isSet(span.attributes[name]))) }
}

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== false && value !== 0 && value !== '' && value !== '0' && value !== 'false'

/** A span that has not come may carry the mark. Null: all have. */
function vouchFor(course: Course, system: string, acts: readonly Act[]): string | null {
  const { view } = course.assembly
  const times = acts.map(view.timeOf)
  const from = times.map(({ start }) => start).reduce(earliest)
  const to = times.map(({ end }) => end).reduce(latest)
  const vouched = vouchForSpans(view, system, from, to)
  return vouched.vouched ? null : vouched.why
}

const proofOfMessage = (fact: MessagePublished): Proof => ({
  source: fact.source,
  at: fact.at.earliest,
  what: `message to ${fact.exchange} with key ${fact.routingKey} carries no mark`,
  ref: fact.id,
})

function tell(course: Course, { index, found, who, how, at, proof }: Loss, others: readonly Loss[]): PlacedFinding {
  const { step } = found
  const also = others.length === 0 ? '' : ` So it is at ${others.map((other) => other.found.step.id).join(', ')} too.`
  return {
    index,
    branch: step.branch,
    watched: step.spec.to,
    finding: {
      code: 'mark-lost',
      class: 'trace',
      severity: 'degraded',
      handoff: step.handoff,
      stage: null,
      message: `From ${nameLink(step)} on nothing tells that this is a test order: ${how}.${also}`,
      owner: ownerOf(course, who),
      hint: `let ${who} carry the mark on (baggage, header or a column of the order); unmarked test orders end up in business figures and on operators' pages`,
      detectedAt: at,
      evidence: proof,
      explains: [],
    },
  }
}
