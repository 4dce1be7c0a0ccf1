import type { HandoffSpec, StorageHandoff } from '../../contract/contract.ts'
import type { FileChecked, FileSent } from '../../evidence/fact.ts'
import type { FoundStep } from '../../journey/hops.ts'
import type { HandoffStep } from '../../journey/path.ts'
import { fromMs, plus, type UnixNanos } from '../../shared/units.ts'
import type { Course, StageCourse } from '../course.ts'
import { clockTime } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { settleMs } from '../lacking.ts'
import { atOwner, type Place, pendingAt, uncheckedAt } from '../place.ts'
import { type Judgement, NOTHING } from '../rule.ts'
import { putOf } from './placing-requests.ts'

/** The order's file as storage holds it, once the owner has said that it is there. */
export interface StoredFile {
  readonly put: HandoffStep & { readonly spec: StorageHandoff }
  readonly place: Place
  /** When the owner surely had the stage behind the upload. */
  readonly storedAt: UnixNanos
  /** Looks begun after that, the last one at each object, in order of time. */
  readonly last: readonly FileChecked[]
  readonly checks: readonly FileChecked[]
  /** A look, whenever it was, found what was sent; or found anything where it is not known what was sent. */
  readonly wasRight: boolean
  readonly sent: readonly FileSent[]
}

/** The stages of the path that are set by putting a file into storage, where the contract says where the file lies. */
export function storedFiles(course: Course): readonly StoredFile[] {
  const { view } = course.assembly
  return course.stages.flatMap((stage): StoredFile[] => {
    const put = putOf(stage.step)
    if (put === null || put.spec.object === undefined || stage.evidence === null || stage.moment === null) return []
    const storedAt = stage.moment.latest
    const sent = view.told('file-sent')
    const all = view.told('file-checked').filter(({ bucket }) => bucket === put.spec.bucket)
    const checks = all.filter(({ at }) => at.earliest >= storedAt)
    const wasRight = all.some((check) =>
      sent.length === 0 ? check.outcome === 'found' : sent.some((one) => isSame(check, one)),
    )
    const last = [...Map.groupBy(checks, ({ object }) => object).values()].flatMap((looks) => looks.at(-1) ?? [])
    return [{ put, place: placeOf(stage, put), storedAt, checks, wasRight, last, sent }]
  })
}

/** A wrong file breaks whatever comes behind the link it should have come through. */
const placeOf = (stage: StageCourse, put: HandoffStep): Place => ({
  ...atOwner(stage),
  index: stage.index - 1,
  handoff: put.handoff,
})

/**
 * Where a file was lost: behind the last hand-off by which it was taken from storage, for then it was still there. `wasThere`: a look saw it after the upload, so
 * that a hand-off the order is known to have passed has moved it; else only one whose own span tells so.
 */
export function placeOfLoss(
  { assembly: { path, chain }, stages }: Course,
  { put, place }: StoredFile,
  wasThere: boolean,
): { readonly place: Place; readonly moved: HandoffStep | null } {
  const isMoved = ({ step, crossing }: Extract<FoundStep, { crossing: unknown }>): boolean =>
    isSameBucket(step.spec, put.spec) && (crossing.ended !== null || (wasThere && chain.crossed.has(step.id)))
  const index = path.findLastIndex((found, i) => i > place.index && 'crossing' in found && isMoved(found))
  const moved = path[index]
  if (moved === undefined || !('crossing' in moved)) return { place, moved: null }
  const { step } = moved
  const next = stages.find((stage) => stage.index > index)
  return {
    place: {
      index,
      branch: step.branch,
      watched: next?.step.spec.owner ?? step.spec.from,
      handoff: step.handoff,
      stage: next?.step.stage ?? null,
    },
    moved: step,
  }
}

const isSameBucket = (spec: HandoffSpec, { to, bucket }: StorageHandoff): boolean =>
  spec.kind === 'storage' && spec.bucket === bucket && (spec.to === to || spec.from === to)

/** What was found in storage is what was sent: the same bytes, by as much as the look tells of them. */
export const isSame = (check: FileChecked, sent: FileSent): boolean =>
  check.outcome === 'found' &&
  (check.bytes === null || check.bytes === sent.bytes) &&
  (check.sha256 === null || check.sha256 === sent.sha256) &&
  (check.headSha256 === null || check.headSha256 === sent.headSha256)

/** Waits a while for the first look, where storage is looked into at all; else says that nobody looked. */
export function awaitLook(course: Course, file: StoredFile, code: 'file-missing' | 'file-corrupted'): Judgement {
  if (file.wasRight) return NOTHING
  const until = plus(file.storedAt, fromMs(settleMs(course)))
  const isHeard = course.assembly.view.told('file-checked').length > 0
  if (isHeard && course.now < until) return pendingAt(file.place, until, `a look into ${file.put.spec.to}`)
  return uncheckedAt(file.place, code, `nobody looked into ${file.put.spec.to} after the upload`)
}

/** One look into storage as proof. */
export const proofOfCheck = ({ source, seenAt, id, bucket, object, outcome, bytes, type }: FileChecked): Proof => ({
  source,
  at: seenAt,
  what:
    outcome === 'missing'
      ? `bucket ${bucket} holds no file of the order`
      : `${object ?? 'the file'} in bucket ${bucket}: ${outcome}${bytes === null ? '' : `, ${bytes} bytes`}${type === null ? '' : `, ${type}`}`,
  ref: id,
})

/** What was sent, as proof. */
export const proofOfSent = ({ source, at, id, bytes, type }: FileSent): Proof => ({
  source,
  at: at.latest,
  what: `${bytes} bytes of ${type} were sent by ${clockTime(at.latest)}`,
  ref: id,
})
