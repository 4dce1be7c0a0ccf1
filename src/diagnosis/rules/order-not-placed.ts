import type { Course, Gap } from '../course.ts'
import { outcomeInWords, proofOfRequest } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { type Judgement, join, NOTHING, ownerOf, placed, type Rule } from '../rule.ts'
import { hintForFailure, isFailedUpload, isPlacing, linkOf, putOf, requestsBehind } from './placing-requests.ts'

/**
 * The placing request failed or timed out on the order system's side. Proof: the probe's own request and its answer. Only the probe witnesses it.
 * A 404 for an order the system had accepted is `order-not-saved`, an upload it failed `upload-failed`.
 */
export const orderNotPlaced: Rule = {
  code: 'order-not-placed',
  provenBy: [['probe']],
  judge: (course) => join(course.gaps.map((gap) => judge(course, gap))),
}

function judge(course: Course, gap: Gap): Judgement {
  if (!isPlacing(course, gap)) return NOTHING
  const { failed } = requestsBehind(course, gap)
  if (failed === null) return NOTHING
  const accepted = course.assembly.view.evidence.facts.some((fact) => fact.kind === 'order-placed')
  if (failed.httpStatus === 404 && accepted) return NOTHING
  if (gap.blocks !== null && putOf(gap.blocks) !== null && isFailedUpload(failed)) return NOTHING
  const { system } = failed
  return placed(gap, {
    code: 'order-not-placed',
    class: 'order',
    severity: 'broken',
    handoff: linkOf(gap),
    stage: gap.blocks?.stage ?? null,
    message: `The ${failed.by}'s ${failed.method} ${failed.path} at ${system} (${linkOf(gap)}) ${outcomeInWords(failed)}; the order was not placed.`,
    owner: ownerOf(course, system),
    hint:
      failed.httpStatus !== null && failed.httpStatus < 500
        ? `see why ${system} refuses the request; if its rules have changed, the probe must follow`
        : hintForFailure(failed),
    detectedAt: failed.seenAt,
    evidence: [proofOfRequest(failed), ...givingUp(course)],
    explains: [],
  })
}

/** The end of the story is what makes a failure final before its deadline. */
const givingUp = ({ assembly: { view } }: Course): readonly Proof[] =>
  view
    .told('probe-ended')
    .map(({ source, seenAt, id }) => ({ source, at: seenAt, what: 'nobody asked again', ref: id }))
