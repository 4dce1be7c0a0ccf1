import type { SourceLate } from '../../evidence/condition.ts'
import type { SpanEnded } from '../../evidence/fact.ts'
import { fromMs, plus, type UnixNanos } from '../../shared/units.ts'
import { besidePath } from '../beside-path.ts'
import type { Course } from '../course.ts'
import { clockTime } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { settleMs } from '../lacking.ts'
import { type Judgement, join, NOTHING, type Rule } from '../rule.ts'

/**
 * A witness tells later than its limit: a finding about the watching, which leaves the order's own verdict as other witnesses prove it. Proof: its own word, or spans
 * that came later after their end than telemetry may take to settle.
 */
export const evidenceLate: Rule = {
  code: 'evidence-late',
  provenBy: [['otlp'], ['rabbitmq']],
  judge: (course) => join([lateSources(course), lateInstances(course)]),
}

function lateSources(course: Course): Judgement {
  const { view } = course.assembly
  // Lateness that was over before the order began delayed nothing of it.
  const lateness = view.states('source-late').filter(({ to }) => to >= view.order.enteredAt)
  const bySource = Map.groupBy(lateness, ({ source, subject }) => JSON.stringify([source, subject]))
  return join(
    [...bySource.values()].map((told) => {
      const worst = told.reduce<SourceLate | null>((a, b) => (a === null || b.lagMs > a.lagMs ? b : a), null)
      if (worst === null || worst.lagMs <= worst.limitMs) return NOTHING
      const { id, source, subject, from, to, lagMs, limitMs } = worst
      return late(course, {
        who: `The witness ${source} (${subject})`,
        what: `tells ${seconds(lagMs)} late, where ${seconds(limitMs)} is the limit`,
        since: from,
        seenAt: to,
        proof: { source, at: to, what: `lag ${seconds(lagMs)}`, ref: id },
      })
    }),
  )
}

function lateInstances(course: Course): Judgement {
  const { view } = course.assembly
  const services = new Set(Object.values(view.contract.systems).flatMap((system) => system.services))
  // A span that was under way as its clock was set has an end that stands on neither side of the step.
  const stepped = new Set(
    view.clocks.readings().flatMap(({ instance, since }) => (since === undefined ? [] : [instance])),
  )
  const spans = [...view.spans.own, ...view.spans.polls].filter(
    ({ span }) => services.has(span.service) && !stepped.has(span.instance),
  )
  return join(
    [...Map.groupBy(spans, ({ span }) => span.instance)].map(([instance, own]) => judgeArrivals(course, instance, own)),
  )
}

/** By how much a span surely came late, whatever its clock shows. */
const surelyLate = ({ assembly: { view } }: Course, fact: SpanEnded): bigint => fact.seenAt - view.endedAt(fact).latest

function judgeArrivals(course: Course, instance: string, spans: readonly SpanEnded[]): Judgement {
  const limitMs = settleMs(course)
  const limit = fromMs(limitMs)
  let worst: { readonly fact: SpanEnded; readonly lag: bigint } | null = null
  for (const fact of spans) {
    const lag = surelyLate(course, fact)
    if (lag > limit && (worst === null || lag > worst.lag)) worst = { fact, lag }
  }
  if (worst === null) return NOTHING
  const { fact, lag } = worst
  const lagMs = Number(lag) / 1e6
  const what = `span "${fact.span.name}" came ${seconds(lagMs)} after its end`
  return late(course, {
    who: instance,
    what: `tells its spans ${seconds(lagMs)} late, where ${seconds(limitMs)} is the limit`,
    since: plus(fact.seenAt, fromMs(-lagMs)),
    seenAt: fact.seenAt,
    proof: { source: fact.source, at: fact.seenAt, what, ref: fact.id },
  })
}

interface Lateness {
  readonly who: string
  readonly what: string
  readonly since: UnixNanos
  readonly seenAt: UnixNanos
  readonly proof: Proof
}

const late = (course: Course, { who, what, since, seenAt, proof }: Lateness): Judgement => ({
  unchecked: [],
  findings: [
    besidePath(course, {
      code: 'evidence-late',
      message: `${who} ${what} (since ${clockTime(since)}).`,
      owner: 'the owner of the monitor',
      hint: 'look at the exporter and the collector on the way (batch delay, retries, backpressure), or raise telemetry.settle in the contract',
      detectedAt: seenAt,
      evidence: [proof],
    }),
  ],
})

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
