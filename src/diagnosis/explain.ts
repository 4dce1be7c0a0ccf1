import type { Finding } from './finding.ts'
import type { PlacedFinding } from './rule.ts'

/**
 * One root cause, one finding: of the breaks on one causal path only the first stands, and carries the others as what it explains. A break on a branch (news
 * to a mirror) explains only later breaks at the same system, which never got the news; everything else is independent and stays.
 */
export function explainSymptoms(found: readonly PlacedFinding[]): readonly Finding[] {
  const breaks = found.filter(({ finding }) => finding.severity === 'broken')
  const causes: { readonly cause: PlacedFinding; readonly symptoms: Finding[] }[] = []
  for (const candidate of byPlace(breaks)) {
    const explained = causes.find(({ cause }) => isCauseOf(cause, candidate))
    if (explained === undefined) causes.push({ cause: candidate, symptoms: [] })
    else explained.symptoms.push(candidate.finding)
  }
  return [
    ...causes.map(({ cause, symptoms }) => ({
      ...cause.finding,
      explains: [...cause.finding.explains, ...symptoms.map(symptomOf)],
    })),
    ...found.filter(({ finding }) => finding.severity !== 'broken').map(({ finding }) => finding),
  ]
}

/** Earlier on the path first; at one place in the order of the rules. */
const byPlace = (found: readonly PlacedFinding[]): readonly PlacedFinding[] =>
  found.toSorted((a, b) => a.index - b.index)

/** Whether what is broken at one place explains a break at another: at the same one, or further down the order's own path, or later at the same system. */
export function isCauseOf(cause: Place, symptom: Place): boolean {
  if (cause.index === symptom.index && cause.branch === symptom.branch && cause.watched === symptom.watched) return true
  if (cause.branch) return cause.watched !== null && cause.watched === symptom.watched && cause.index < symptom.index
  return cause.index <= symptom.index
}

type Place = Pick<PlacedFinding, 'index' | 'branch' | 'watched'>

const symptomOf = ({ code, stage, handoff }: Finding) => ({ code, stage, handoff })
