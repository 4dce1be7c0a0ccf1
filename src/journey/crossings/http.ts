import type { HttpHandoff, PersonHandoff } from '../../contract/contract.ts'
import { MONITOR_CLOCK, type RequestMade } from '../../evidence/fact.ts'
import type { ActOf } from '../act.ts'
import type { Point } from '../clocks/solve.ts'
import { forStatus, type HandoffStep } from '../path.ts'
import { createRouteMatcher, type RouteMatcher } from '../route.ts'
import type { View } from '../view.ts'
import { contextBetween } from './context.ts'
import { type Crossing, NOT_SEEN, sourcesOf, startOf } from './crossing.ts'

/** A request from a person, a partner or another system: from its sending to the moment the receiver begins to serve it. */
export function findHttpCrossing(view: View, step: HandoffStep, spec: HttpHandoff | PersonHandoff): Crossing {
  const text = forStatus(spec.route, step.status)
  if (text === null) return NOT_SEEN
  const route = createRouteMatcher(text)
  const request = firstSuccess(requestsOn(view, spec.to, route))
  const served = view
    .actsOf(spec.to)
    .filter((act): act is ActOf<'serve'> => act.op === 'serve' && route.matches(act.method, act.path, act.route))
    .find((act) => act.error === null && (act.httpStatus ?? 200) < 400)
  if (served === undefined) return request === null ? crossingByCall(view, spec, route) : crossingByRequest(request)

  const ofServed = request?.span?.spanId === served.span.parentSpanId ? request : null
  const sender = view.tree.parent(served) ?? null
  return {
    started: ofServed !== null ? sentAt(ofServed) : sender === null ? null : startOf(sender),
    ended: startOf(served),
    sender,
    receiver: served,
    request,
    context: ofServed !== null ? 'continuous' : contextBetween(view.tree, sender, served),
    witnesses: [...sourcesOf([served]), ...(request === null ? [] : [request.source])],
  }
}

/** The requests the probe and its people sent to a system on one route, in order of sending. */
export const requestsOn = (view: View, system: string, route: RouteMatcher): readonly RequestMade[] =>
  view.requests.filter((request) => request.system === system && route.matches(request.method, request.path))

export const succeeded = ({ httpStatus }: RequestMade): boolean => httpStatus !== null && httpStatus < 400

const firstSuccess = (requests: readonly RequestMade[]): RequestMade | null => requests.find(succeeded) ?? null

const sentAt = ({ at }: RequestMade): Point => ({ clock: MONITOR_CLOCK, earliest: at.earliest, latest: at.earliest })

/** A receiver that leaves no spans: its answer to the sender's own request tells that it was reached, some time before that. */
function crossingByCall(view: View, spec: HttpHandoff | PersonHandoff, route: RouteMatcher): Crossing {
  const call = view
    .actsOf(spec.from)
    .filter((act): act is ActOf<'call'> => act.op === 'call' && route.matches(act.method, act.path, act.route))
    .find((act) => act.error === null && act.httpStatus !== null && act.httpStatus < 400)
  if (call === undefined) return NOT_SEEN
  const started = startOf(call)
  return {
    ...NOT_SEEN,
    started,
    ended: { ...started, latest: call.span.end },
    sender: call,
    witnesses: sourcesOf([call]),
  }
}

function crossingByRequest(request: RequestMade): Crossing {
  return {
    ...NOT_SEEN,
    started: sentAt(request),
    ended: { clock: MONITOR_CLOCK, earliest: request.at.earliest, latest: request.at.latest },
    request,
    witnesses: [request.source],
  }
}
