import { firstText } from '../evidence/message-ids.ts'
import type { Act } from '../journey/act.ts'
import type { View } from '../journey/view.ts'

/** A status other than the news that the receiver set in the course of taking it, by its own spans; null where they tell of none. */
export function wroteAnother(view: View, taken: Act, news: string): Act | null {
  const { status, reached } = view.contract.recognise.span
  const marks = Object.entries(reached ?? {})
  const sets = ({ span, error }: Act): boolean =>
    error === null && marks.every(([name, value]) => firstText(span.attributes, [name]) === value)
  if (marks.length === 0) return null
  return (
    view.tree.withDescendants(taken).find((act) => {
      const set = firstText(act.span.attributes, [status])
      return sets(act) && set !== null && set !== news
    }) ?? null
  )
}
