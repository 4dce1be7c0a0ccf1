import type { RequestMade } from '../../evidence/fact.ts'
import type { Act } from '../../journey/act.ts'
import type { Course, Gap, StageCourse } from '../course.ts'
import { nameLink, outcomeInWords, proofOfAct, proofOfRequest } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { lackingAt } from '../lacking.ts'
import { atOwner, foundAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { hintForFailure, isFailedUpload, putOf, requestsBehind, requestsFor } from './placing-requests.ts'

/**
 * The order's file did not come into storage. Proof: the upload request failed on the order system's side and whoever sent it gave up; or the owner's put into
 * storage ended in an error, and the owner denies the stage behind it at its deadline. A try after which another succeeds is no break.
 */
export const uploadFailed: Rule = {
  code: 'upload-failed',
  provenBy: [['probe'], ['otlp', 'status-api'], ['otlp', 'postgres']],
  judge: (course) => join(course.stages.map((stage) => judge(course, stage))),
}

function judge(course: Course, stage: StageCourse): Judgement {
  const put = putOf(stage.step)
  if (put === null) return NOTHING
  const gap = course.gaps.find(({ branch, blocks }) => !branch && blocks === stage.step)
  const failed = gap === undefined ? givenUp(course, stage) : requestsBehind(course, gap).failed
  const { view } = course.assembly
  const error = failedPut(course, put.spec.from)
  if (failed !== null && isFailedUpload(failed)) {
    return found(course, stage, {
      message: `The ${failed.by}'s ${failed.method} ${failed.path} at ${failed.system} ${outcomeInWords(failed)}; the file did not come through ${nameLink(put)}.`,
      hint: error === null ? hintForFailure(failed) : `see why ${put.spec.to} refused the file`,
      detectedAt: failed.seenAt,
      evidence: [proofOfRequest(failed), ...(error === null ? [] : [proofOfAct(view, error)])],
    })
  }
  return gap === undefined || error === null ? NOTHING : atDeadline(course, stage, gap, proofOfAct(view, error))
}

/** The owner's own error, where nobody saw what the client got. */
function atDeadline(course: Course, stage: StageCourse, gap: Gap, error: Proof): Judgement {
  const put = putOf(stage.step)
  const absence = lackingAt(course, gap)
  if (put === null || absence.state !== 'proven') return NOTHING
  return found(course, stage, {
    message: `The file did not come through ${nameLink(put)}: ${error.what}.`,
    hint: `see why ${put.spec.to} refused the file`,
    detectedAt: absence.at,
    evidence: [error, ...absence.proof],
  })
}

/** The stage was set after whoever uploaded had been failed and stopped there: for them the upload has failed. */
function givenUp(course: Course, { step, evidence, index }: StageCourse): RequestMade | null {
  const { view } = course.assembly
  const requests = requestsFor(view, step) ?? []
  const last = requests.at(-1)
  const stopped = view.told('probe-ended').some(({ outcome }) => outcome === 'order-stopped')
  const wentOn = course.stages.some((later) => later.index > index && later.moment !== null)
  if (evidence === null || last === undefined || !stopped || wentOn || requests.some(succeeded)) return null
  return view.requests.at(-1) === last ? last : null
}

const succeeded = ({ httpStatus }: RequestMade): boolean => httpStatus !== null && httpStatus < 400

/** The owner's last put into storage, if it ended in an error; a try that another made good is none. */
function failedPut(course: Course, system: string): Act | null {
  const last = course.assembly.view.actsOf(system).findLast((act) => act.op === 'storage' && PUTS.test(act.operation))
  return last === undefined || last.error === null ? null : last
}

const PUTS = /^(?:Put|CreateMultipart|UploadPart|CompleteMultipart)/

function found(
  course: Course,
  stage: StageCourse,
  told: {
    readonly message: string
    readonly hint: string
    readonly detectedAt: Proof['at']
    readonly evidence: readonly Proof[]
  },
): Judgement {
  const put = putOf(stage.step)
  return foundAt(
    { ...atOwner(stage), handoff: put?.handoff ?? null },
    {
      code: 'upload-failed',
      class: 'file',
      severity: 'broken',
      owner: ownerOf(course, stage.step.spec.owner),
      ...told,
    },
  )
}
