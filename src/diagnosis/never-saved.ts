import type { Course } from './course.ts'
import { orderNotSaved } from './rules/order-not-saved.ts'

const worked = new WeakMap<Course, number>()

/**
 * Index on the path from which there was no order to work on, because it was never saved: the crossing by which the lost stage was asked for. Also while that is only about
 * to be proven. Infinity where nothing says so.
 */
export function neverSavedFrom(course: Course): number {
  const before = worked.get(course)
  if (before !== undefined) return before
  const { findings, pending = [] } = orderNotSaved.judge(course)
  const from = Math.min(
    Number.POSITIVE_INFINITY,
    ...[...findings, ...pending].map(({ index }) => askedAt(course, index)),
  )
  worked.set(course, from)
  return from
}

function askedAt({ assembly: { path } }: Course, index: number): number {
  const step = path[index]?.step
  const asked = step?.kind === 'stage' ? path.findIndex((found) => found.step === step.askedBy) : -1
  return asked < 0 ? index : asked
}
