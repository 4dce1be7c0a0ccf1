import type { UnixNanos } from '../shared/units.ts'
import type { Course } from './course.ts'

const SERVER_ERROR = 500

/**
 * Whether a system surely did something between two moments: a span of it ended, or it answered somebody's request. That we ourselves cannot reach it says
 * nothing of it: the way to it may be cut, its address another.
 */
export function isAlive({ assembly: { view } }: Course, system: string, from: UnixNanos, to: UnixNanos): boolean {
  const services = view.contract.systems[system]?.services ?? []
  const worked = [...view.spans.own, ...view.spans.polls].some(({ span }) => {
    if (!services.includes(span.service)) return false
    const ended = view.clocks.moment({ clock: span.instance, earliest: span.end, latest: span.end })
    return ended.earliest > from && ended.latest < to
  })
  // What stands before a system that is down answers with a server's error.
  const answered = view.requests.some(
    (request) =>
      request.system === system &&
      request.httpStatus !== null &&
      request.httpStatus < SERVER_ERROR &&
      request.at.earliest > from &&
      request.at.latest < to,
  )
  return worked || answered
}
