import type { RequestMade } from '../../evidence/fact.ts'
import { requestsOn, succeeded } from '../../journey/crossings/http.ts'
import { forStatus, type StageStep } from '../../journey/path.ts'
import { createRouteMatcher } from '../../journey/route.ts'
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
  return { succeeded: success, failed: success === null ? (requests.at(-1) ?? null) : null }
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

/** What a failed request got, in words. */
export function failureInWords({ httpStatus, failure }: RequestMade): string {
  if (httpStatus !== null) return `was answered ${httpStatus}`
  const words = {
    refused: 'was refused: nothing listens there',
    timeout: 'got no answer in time',
    reset: 'was cut off',
  }
  return failure === null ? 'failed' : words[failure]
}

/** The final kind of failure: the server's own, or none at all. A 4xx may be an earlier cause's echo. */
export const isServersFault = ({ httpStatus, failure }: RequestMade): boolean =>
  failure !== null || (httpStatus !== null && httpStatus >= 500)

/** The hand-off by which the stage behind the gap is asked for, for the finding's place. */
export const linkOf = (gap: Gap): string | null =>
  gap.step.kind === 'handoff' ? gap.step.handoff : (gap.step.askedBy?.handoff ?? null)
