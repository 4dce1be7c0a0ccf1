import type { ClockAsked, SpanEnded, StatusAnswered } from '../evidence/fact.ts'
import { isInstrumented } from '../journey/vouch.ts'
import { fromMs, plus, type UnixNanos } from '../shared/units.ts'
import type { Course } from './course.ts'
import { settleMs } from './lacking.ts'

type Question = StatusAnswered | ClockAsked

/** What the answered questions of one instance say about its exports. */
interface AskedInstance {
  readonly instance: string
  readonly system: string
  /** In order of asking, each with the server span it left; null where none has come. */
  readonly questions: readonly { readonly asked: Question; readonly span: SpanEnded | null }[]
}

/** Questions in a row that an instance answered and of which no span came. */
export interface LostExport {
  readonly instance: string
  readonly questions: readonly Question[]
  /** When the loss was known: at the arrival of the first span asked for after them, or, of an instance that fell silent, once the limit had passed. */
  readonly knownAt: UnixNanos
  /** None has come since. */
  readonly silent: boolean
}

/** A system that leaves a span of so few questions samples them, and the rest proves nothing. */
const LEAST_SHARE = 0.6
const LEAST_TOLD = 5
/** One lost question may be one lost span; an export holds more. */
const LEAST_IN_A_ROW = 2

/** Systems with one instance whose answered questions usually leave a span; of several instances it is not known which one owes it. */
function askedInstances({ assembly: { view } }: Course): readonly AskedInstance[] {
  const spanOf = new Map(
    view.spans.polls.filter(({ span }) => span.kind === 'server').map((it) => [it.span.traceId, it]),
  )
  const asked = [...view.told('status-answered'), ...view.told('clock-asked')].filter(
    ({ source, poll }) => source === 'status-api' && poll !== null,
  )
  return [...Map.groupBy(asked, ({ system }) => system)].flatMap(([system, own]) => {
    const questions = own
      .toSorted((a, b) => Number(a.at.earliest - b.at.earliest))
      .map((question) => ({ asked: question, span: spanOf.get(question.poll?.traceId ?? '') ?? null }))
    const instances = new Set(questions.flatMap(({ span }) => span?.span.instance ?? []))
    const [instance = system] = instances
    return instances.size > 1 || !isInstrumented(view.contract, system) ? [] : [{ instance, system, questions }]
  })
}

/** Exports that never came, as far as questions answered meanwhile tell; and instances that go on answering and tell no span any more. */
export function lostExports(course: Course): readonly LostExport[] {
  const settle = fromMs(settleMs(course))
  return askedInstances(course).flatMap(({ instance, questions }) => {
    const told = questions.filter(({ span }) => span !== null).length
    const since = questions.findLastIndex(({ span }) => span !== null) + 1
    if (since > 0 && (told < LEAST_TOLD || told < since * LEAST_SHARE)) return []
    const rows: LostExport[] = []
    let row: Question[] = []
    let begun = since === 0
    for (const { asked, span } of questions) {
      if (span === null) {
        if (begun) row.push(asked)
        continue
      }
      begun = true
      const last = row.at(-1)
      const isOver = last !== undefined && course.now > plus(last.at.latest, settle)
      if (isOver && row.length >= LEAST_IN_A_ROW)
        rows.push({ instance, questions: row, knownAt: span.seenAt, silent: false })
      row = []
    }
    // A process that was killed owes its last spans too; one that goes on answering is there.
    const [first, last] = [row[0], row.at(-1)]
    if (
      first !== undefined &&
      last !== undefined &&
      row.length >= LEAST_TOLD &&
      last.at.latest > plus(first.at.latest, settle)
    )
      rows.push({ instance, questions: row, knownAt: plus(first.at.latest, settle), silent: true })
    return rows
  })
}
