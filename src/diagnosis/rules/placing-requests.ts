import type { StorageHandoff } from '../../contract/contract.ts'
import type { RequestMade } from '../../evidence/fact.ts'
import type { Act } from '../../journey/act.ts'
import { requestsOn, succeeded } from '../../journey/crossings/http.ts'
import { forStatus, type HandoffStep, type StageStep } from '../../journey/path.ts'
import { createRouteMatcher } from '../../journey/route.ts'
import type { View } from '../../journey/view.ts'
import type { Course, Gap } from '../course.ts'

/** What became of the requests by which somebody asked for a stage. */
export interface Asked {
  /** The last request that failed, if none succeeded. */
  readonly failed: RequestMade | null
  readonly succeeded: RequestMade | null
}

/** Finds the requests that ask for the stage behind a gap: on the gap's own route, or on the route by which the stage is asked for. */
export function requestsBehind(course: Course, gap: Gap): Asked {
  const { view } = course.assembly
  const { step } = gap
  const own =
    step.kind === 'handoff' && (step.spec.kind === 'http' || step.spec.kind === 'person')
      ? routeOf(step.spec.to, forStatus(step.spec.route, step.status))
      : null
  const asked = own ?? (gap.blocks === null ? null : routeOfStage(gap.blocks))
  if (asked === null) return { failed: null, succeeded: null }
  const requests = requestsOn(view, asked.system, createRouteMatcher(asked.route))
  const success = requests.find(succeeded) ?? null
  const last = requests.at(-1) ?? null
  return { succeeded: success, failed: success === null && last !== null && isFinal(course, gap) ? last : null }
}

/** Who asked has given up: a page or a client may get over a failure by asking again, until its story ends or the deadline does. */
const isFinal = (course: Course, gap: Gap): boolean =>
  course.now > gap.deadline || course.assembly.view.evidence.facts.some(({ kind }) => kind === 'probe-ended')

/** The requests by which somebody asked for a stage, however they ended; null where the contract names no route for it. */
export function requestsFor(view: View, stage: StageStep): readonly RequestMade[] | null {
  const asked = routeOfStage(stage)
  return asked === null ? null : requestsOn(view, asked.system, createRouteMatcher(asked.route))
}

const routeOf = (system: string, route: string | null) => (route === null ? null : { system, route })

function routeOfStage(stage: StageStep) {
  if (stage.spec.asked !== undefined) return { system: stage.spec.owner, route: stage.spec.asked }
  const by = stage.askedBy
  if (by === null || (by.spec.kind !== 'http' && by.spec.kind !== 'person')) return null
  return routeOf(by.spec.to, forStatus(by.spec.route, by.status))
}

/** True where the gap lies before the order has come into being at the system it is born in. */
export const isPlacing = (course: Course, gap: Gap): boolean =>
  gap.blocks !== null && course.placing.has(gap.blocks.stage)

/** The receiver's span of a link that was seen to be crossed. */
export function observedLink(course: Course, link: HandoffStep): Act | null {
  const found = course.assembly.path.find(({ step }) => step === link)
  return found !== undefined && 'crossing' in found ? found.crossing.receiver : null
}

/** Where to look first when a request failed on the server's side. */
export const hintForFailure = ({ failure, system }: RequestMade): string =>
  failure === 'refused' ? `see whether ${system} is running` : `look at the log of ${system} at that moment`

/** Answers that speak of who asks, not of the order. */
const ABOUT_CREDENTIALS = new Set([401, 403, 407])

/**
 * The server's own failure, or no answer at all; or a refusal although the system showed the status the request builds on. Without that a refusal may be the
 * echo of news that has not come.
 */
export function isServersFault(course: Course, gap: Gap, { httpStatus, failure, system }: RequestMade): boolean {
  if (failure !== null || (httpStatus !== null && httpStatus >= 500)) return true
  if (httpStatus === null || httpStatus < 400 || ABOUT_CREDENTIALS.has(httpStatus)) return false
  const before = course.stages.findLast(({ index }) => index < gap.index)
  if (before === undefined) return false
  const shown =
    before.step.spec.owner === system
      ? before.evidence
      : before.mirrors.find((mirror) => mirror.system === system)?.evidence
  return shown !== null && shown !== undefined
}

/** The hand-off by which the stage behind the gap is asked for, for the finding's place. */
export const linkOf = (gap: Gap): string | null =>
  gap.step.kind === 'handoff' ? gap.step.handoff : (gap.step.askedBy?.handoff ?? null)

/** The hand-off by which the file of a stage is put into storage; null for a stage that is not set by one. */
export const putOf = ({ askedBy }: StageStep): (HandoffStep & { readonly spec: StorageHandoff }) | null => {
  if (askedBy === null || askedBy.spec.kind !== 'storage' || askedBy.spec.operation !== 'put') return null
  return { ...askedBy, spec: askedBy.spec }
}

/** Too large, or no room left: answers below 500 by which a server fails an upload. */
const NO_ROOM = new Set([408, 413])

/** The server failed the upload, or never answered it. A refusal of its form or its sender is none. */
export const isFailedUpload = ({ httpStatus, failure }: RequestMade): boolean =>
  failure !== null || (httpStatus !== null && (httpStatus >= 500 || NO_ROOM.has(httpStatus)))
