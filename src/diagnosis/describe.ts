import type { RequestMade } from '../evidence/fact.ts'
import type { Act } from '../journey/act.ts'
import { endOf } from '../journey/crossings/crossing.ts'
import type { HandoffStep, StageStep } from '../journey/path.ts'
import type { View } from '../journey/view.ts'
import { toRfc3339, type UnixNanos } from '../shared/units.ts'
import type { Proof } from './finding.ts'

/** `H5 (crm → mes, queue mes.orders)`: the link as every message names it. */
export function nameLink(step: HandoffStep): string {
  const { spec } = step
  const through = {
    http: 'HTTP',
    person: 'a person’s click',
    queue: spec.kind === 'queue' ? `queue ${spec.queue}` : '',
    'shared-database': spec.kind === 'shared-database' ? `table ${spec.table}` : '',
    storage: spec.kind === 'storage' ? `bucket ${spec.bucket}` : '',
  }[spec.kind]
  return `${step.id} (${spec.from} → ${spec.to}, ${through})`
}

export const nameStep = (step: HandoffStep | StageStep): string =>
  step.kind === 'handoff' ? nameLink(step) : step.stage

/** `15:02:06.690` on the monitor's clock, in UTC. */
export const clockTime = (at: UnixNanos): string => toRfc3339(at).slice(11, 23)

/** One span as proof, at its end on the monitor's clock. */
export function proofOfAct(view: View, act: Act): Proof {
  const error =
    act.error === null ? '' : `: ${act.error.type}${act.error.message === '' ? '' : `: ${act.error.message}`}`
  return {
    source: act.fact.source,
    at: view.clocks.moment(endOf(act)).best,
    what: `${act.span.service}, span "${act.span.name}"${error}`,
    ref: act.fact.id,
  }
}

/** What a request got, and when, in words. */
export function outcomeInWords({ httpStatus, failure, at }: RequestMade): string {
  const when = clockTime(at.latest)
  if (httpStatus !== null) return `was answered ${httpStatus} at ${when}`
  const words = {
    refused: `was refused at ${when}: nothing listens there`,
    timeout: `had no answer by ${when}`,
    reset: `was cut off at ${when}`,
  }
  return failure === null ? `failed at ${when}` : words[failure]
}

/** One request as proof, at its answer. */
export const proofOfRequest = (request: RequestMade): Proof => ({
  source: request.source,
  at: request.at.latest,
  what: `${request.method} ${request.path} ${outcomeInWords(request)}`,
  ref: request.id,
})
