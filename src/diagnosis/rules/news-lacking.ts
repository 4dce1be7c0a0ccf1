import type { Course, MirrorCourse } from '../course.ts'
import { lackingAt } from '../lacking.ts'
import { awaitsSender } from './message-not-published.ts'

/** The news for a mirror is due and missing, and nothing is on its way any more that might say what became of it on its hand-off. */
export function newsIsLacking(course: Course, { carrier, due }: MirrorCourse): boolean {
  if (due === null || course.now < due) return false
  const gap = course.gaps.find(({ step }) => step === carrier)
  return gap === undefined || (lackingAt(course, gap).state === 'proven' && awaitsSender(course, gap) === null)
}
