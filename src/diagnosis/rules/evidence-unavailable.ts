import type { SourceDown } from '../../evidence/condition.ts'
import type { StatusUnavailable } from '../../evidence/fact.ts'
import { fromMs, plus, type UnixNanos } from '../../shared/units.ts'
import { isAlive } from '../alive.ts'
import { besidePath } from '../beside-path.ts'
import type { Course } from '../course.ts'
import { clockTime } from '../describe.ts'
import { settleMs } from '../lacking.ts'
import { leavesNoSpans } from '../leaves-no-spans.ts'
import { lostExports } from '../lost-exports.ts'
import { type Judgement, join, NOTHING, type Rule } from '../rule.ts'

/**
 * A witness could tell nothing for longer than telemetry may take to settle, or lost a part of what it had to tell: a finding about the watching, which leaves the
 * order's own verdict as other witnesses prove it. Proof: its own word (a source that is down), answers that are none from a system whose spans go on coming,
 * counted losses, answered questions of which no span came though later ones did, or none any more.
 */
export const evidenceUnavailable: Rule = {
  code: 'evidence-unavailable',
  provenBy: [['otlp'], ['status-api'], ['postgres'], ['rabbitmq'], ['storage'], ['page']],
  judge: (course) => join([sourcesDown(course), deafStatusApis(course), countedLosses(course), holes(course)]),
}

function sourcesDown(course: Course): Judgement {
  const { view } = course.assembly
  // One that was over before the order began kept nothing of it from us.
  const told = view.states('source-down').filter(({ to }) => to >= view.order.enteredAt)
  const bySource = Map.groupBy(told, ({ source, subject }) => JSON.stringify([source, subject]))
  return join([...bySource.values()].map((outages) => judgeOutage(course, outages)))
}

/** One outage is told again and again, each time as it has lasted so far. */
function judgeOutage(course: Course, told: readonly SourceDown[]): Judgement {
  const settle = fromMs(settleMs(course))
  const longest = told.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a))
  const last = told.reduce((a, b) => (b.to > a.to ? b : a))
  const goesOn = !course.assembly.view.evidence.facts.some(
    ({ source, seenAt }) => source === last.source && seenAt > last.to,
  )
  const lasted = longest.to - longest.from >= settle
  if (!lasted && !(goesOn && course.now - last.from >= settle)) return NOTHING
  const outage = lasted ? longest : last
  const until = goesOn && outage.from === last.from ? '' : ` until ${clockTime(outage.to)}`
  return {
    unchecked: [],
    findings: [
      besidePath(course, {
        code: 'evidence-unavailable',
        message: `The witness ${outage.source} (${outage.subject}) could tell nothing from ${clockTime(outage.from)} on${until}: ${outage.detail}.`,
        owner: 'the owner of the monitor',
        hint: `see whether ${outage.subject} can be reached from where Waybill runs: npx waybill doctor`,
        detectedAt: plus(outage.from, settle),
        evidence: [{ source: outage.source, at: outage.to, what: outage.detail, ref: outage.id }],
      }),
    ],
  }
}

/** Fewer failures in a row may be a restart. */
const MIN_FAILURES = 3

/**
 * The longest rows of failed questions to systems that are alive: their spans ended while they answered nothing of use. A system that is down itself is the order
 * system's trouble.
 */
function deafStatusApis(course: Course): Judgement {
  const { view } = course.assembly
  return join(
    Object.keys(view.contract.systems).map((system) => {
      const row = failuresInARow(course, system)
      const [first, last] = [row[0], row.at(-1)]
      if (first === undefined || last === undefined || row.length < MIN_FAILURES) return NOTHING
      if (!isAlive(course, system, first.at.latest, last.at.earliest)) return NOTHING
      return {
        unchecked: [],
        findings: [
          besidePath(course, {
            code: 'evidence-unavailable',
            message: `The status API of ${system} tells nothing from ${clockTime(first.at.earliest)} on, ${row.length} times in a row (${last.detail}), while ${system} goes on working.`,
            owner: 'the owner of the monitor',
            hint: `ask ${system} by hand as sources.statusApi says: wrong path, rights, or a broken door`,
            detectedAt: last.seenAt,
            evidence: [first, last].map((fact) => ({
              source: fact.source,
              at: fact.at.latest,
              what: `${system} ${fact.detail}`,
              ref: fact.id,
            })),
          }),
        ],
      }
    }),
  )
}

/** The longest row that lasted as long as telemetry may take, or to the last question asked. */
function failuresInARow(course: Course, system: string): readonly StatusUnavailable[] {
  const { view } = course.assembly
  const byItself = ({ source }: { readonly source: string }): boolean => source === 'status-api'
  const answers = view.answersOf(system).filter(byItself)
  const rows: StatusUnavailable[][] = []
  let last: UnixNanos | null = null
  for (const failure of view.failuresOf(system).filter(byItself)) {
    const since = last
    const isBroken =
      since === null || answers.some(({ at }) => at.earliest > since && at.earliest < failure.at.earliest)
    if (isBroken) rows.push([failure])
    else rows.at(-1)?.push(failure)
    last = failure.at.earliest
  }
  const lastAnswer = answers.at(-1)?.at.earliest
  const settle = fromMs(settleMs(course))
  const lasting = rows.filter((row) => {
    const [first, end] = [row[0], row.at(-1)]
    if (first === undefined || end === undefined) return false
    return end.at.latest - first.at.earliest >= settle || lastAnswer === undefined || lastAnswer < end.at.earliest
  })
  return lasting.toSorted((a, b) => b.length - a.length)[0] ?? []
}

/** Spans an instance or we ourselves are known to have dropped while the order was under way. */
function countedLosses(course: Course): Judgement {
  const { view } = course.assembly
  const services = new Set(Object.values(view.contract.systems).flatMap((system) => system.services))
  const lossy = view.evidence.coverage.filter(
    ({ source, service, dropped, seenAt }) =>
      source === 'otlp' && dropped > 0 && services.has(service) && seenAt >= view.order.enteredAt,
  )
  return join(
    [...Map.groupBy(lossy, ({ instance }) => instance)].map(([instance, records]) => {
      const [first] = records.toSorted((a, b) => Number(a.seenAt - b.seenAt))
      if (first === undefined) return NOTHING
      const dropped = records.reduce((sum, record) => sum + record.dropped, 0)
      return {
        unchecked: [],
        findings: [
          besidePath(course, {
            code: 'evidence-unavailable',
            message: `${dropped} ${dropped === 1 ? 'span' : 'spans'} of ${instance} were dropped on the way, first by ${clockTime(first.seenAt)}.`,
            owner: 'the owner of the monitor',
            hint: 'raise the queue of its exporter (OTEL_BSP_MAX_QUEUE_SIZE), or the room for unclaimed spans here',
            detectedAt: first.seenAt,
            evidence: [
              {
                source: 'otlp',
                at: first.seenAt,
                what: `${first.dropped} spans of ${instance} dropped`,
                ref: first.id,
              },
            ],
          }),
        ],
      }
    }),
  )
}

function holes(course: Course): Judgement {
  return join(
    lostExports(course).map(({ instance, questions, knownAt, silent }) => {
      const [first, last] = [questions[0], questions.at(-1)]
      if (first === undefined || last === undefined) return NOTHING
      // A system that does not trace has nothing to export.
      if (silent && leavesNoSpans(course, first.system) !== null) return NOTHING
      return {
        unchecked: [],
        findings: [
          besidePath(course, {
            code: 'evidence-unavailable',
            message: silent
              ? `${instance} tells no span since ${clockTime(first.at.earliest)}, though it has answered ${questions.length} questions: its exporter stands still, or is far behind.`
              : `Spans of ${instance} from ${clockTime(first.at.earliest)} to ${clockTime(last.at.latest)} never arrived: it answered ${questions.length} questions there whose spans are missing, and later ones came.`,
            owner: 'the owner of the monitor',
            hint: 'look for exports that failed or timed out between it and Waybill (collector log, network)',
            detectedAt: knownAt,
            evidence: [first, last].map((fact) => ({
              source: fact.source,
              at: fact.at.latest,
              what: `${fact.system} answered, no span of it came`,
              ref: fact.id,
            })),
          }),
        ],
      }
    }),
  )
}
