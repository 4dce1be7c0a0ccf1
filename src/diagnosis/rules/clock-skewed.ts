import type { SpanEnded } from '../../evidence/fact.ts'
import type { ClockReading } from '../../journey/journey.ts'
import { durationMs } from '../../journey/path.ts'
import { fromMs, type UnixNanos } from '../../shared/units.ts'
import { besidePath } from '../beside-path.ts'
import type { Course } from '../course.ts'
import { clockTime } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

const DEFAULT_SKEW_MS = 1_000
/** A clock that is brought right bit by bit is not set: what it gains between two questions is far less. */
const LEAST_STEP = fromMs(10)

/**
 * The clock of one instance is surely further off than the contract allows, or was set while the order was under way. Proof: its spans between the sending of
 * our questions and requests and their answers. Hop latencies are right all the same; other readers of its spans and logs are led astray.
 */
export const clockSkewed: Rule = {
  code: 'clock-skewed',
  provenBy: [
    ['otlp', 'status-api'],
    ['otlp', 'probe'],
  ],
  judge: (course) => {
    const { contract } = course.assembly.view
    const bound = fromMs(durationMs(contract.telemetry?.skew, DEFAULT_SKEW_MS))
    const clocks = watchedClocks(course)
    const off = clocks.filter(({ readings }) => readings.some((reading) => surelyOff(reading) > bound))
    if (isOurOwn(clocks, off)) return UNKNOWN_WHOSE
    return join(clocks.map((clock) => judge(course, clock, off.includes(clock))))
  },
}

interface WatchedClock {
  readonly instance: string
  readonly system: string
  readonly readings: readonly ClockReading[]
  readonly steps: readonly Step[]
  /** The spans that arrived first and last. */
  readonly earliest: SpanEnded
  readonly last: SpanEnded
}

interface Step {
  readonly by: bigint
  readonly after: UnixNanos | null
  readonly before: UnixNanos | null
}

/** Clocks of the contract's systems of which this order has seen anything. */
function watchedClocks({ assembly: { view } }: Course): readonly WatchedClock[] {
  const spans = Map.groupBy([...view.spans.own, ...view.spans.polls], ({ span }) => span.instance)
  return [...Map.groupBy(view.clocks.readings(), ({ instance }) => instance)].flatMap(([instance, readings]) => {
    const own = spans.get(instance) ?? []
    const [first] = own
    if (first === undefined) return []
    const earliest = own.reduce((a, b) => (b.seenAt < a.seenAt ? b : a), first)
    const last = own.reduce((a, b) => (b.seenAt >= a.seenAt ? b : a), first)
    const { service } = earliest.span
    const system = Object.entries(view.contract.systems).find(([, spec]) => spec.services.includes(service))?.[0]
    return system === undefined ? [] : [{ instance, system, readings, steps: stepsOf(readings), earliest, last }]
  })
}

const size = (value: bigint): bigint => (value < 0n ? -value : value)

/** By how much it is off at least, whatever lies in its ±. */
const surelyOff = ({ offset, plusMinus }: ClockReading): bigint => size(offset) - plusMinus

const stepsOf = (readings: readonly ClockReading[]): readonly Step[] =>
  readings.flatMap((reading, i): readonly Step[] => {
    const before = readings[i - 1]
    if (before === undefined) return []
    const by = reading.offset - before.offset
    const surely = size(by) - reading.plusMinus - before.plusMinus
    return surely > LEAST_STEP ? [{ by, after: reading.since ?? null, before: before.until ?? null }] : []
  })

/** All systems agree and differ from us alike: then it is our clock, and none of theirs. */
function isOurOwn(clocks: readonly WatchedClock[], off: readonly WatchedClock[]): boolean {
  const systems = new Set(clocks.map(({ system }) => system))
  if (systems.size < 2 || off.length < clocks.length) return false
  const last = clocks.flatMap(({ readings }) => readings.at(-1) ?? [])
  return last.every((one) => last.every((other) => size(one.offset - other.offset) <= one.plusMinus + other.plusMinus))
}

const UNKNOWN_WHOSE: Judgement = {
  findings: [],
  unchecked: [
    {
      code: 'clock-skewed',
      handoff: null,
      stage: null,
      why: 'all systems agree with each other and differ from the monitor: its own clock is off',
    },
  ],
}

function judge(course: Course, clock: WatchedClock, isOff: boolean): Judgement {
  const { instance, system, steps, earliest, last } = clock
  if (!isOff && steps.length === 0) return NOTHING
  return {
    unchecked: [],
    findings: [
      besidePath(course, {
        code: 'clock-skewed',
        message: `The clock of ${instance} ${steps.length > 0 ? steps.map(tellStep).join(', ') : tellOffset(clock)}; latencies here are told right all the same.`,
        owner: ownerOf(course, system),
        hint: `see whether time is kept (NTP, chrony) where ${instance} runs; its spans and logs are ${steps.length > 0 ? 'out of order' : 'shifted'} wherever they are read as they stand`,
        detectedAt: steps.length > 0 ? last.seenAt : earliest.seenAt,
        evidence: steps.length > 0 ? [proofOf(course, earliest), proofOf(course, last)] : [proofOf(course, earliest)],
      }),
    ],
  }
}

const tellOffset = ({ readings }: WatchedClock): string => {
  const worst = readings.reduce((a, b) => (surelyOff(b) > surelyOff(a) ? b : a))
  return `is ${amount(worst.offset)} ${worst.offset < 0n ? 'behind' : 'ahead'} (± ${amount(worst.plusMinus)})`
}

function tellStep({ by, after, before }: Step): string {
  const when = after === null || before === null ? '' : ` between ${clockTime(after)} and ${clockTime(before)}`
  return `was set ${by < 0n ? 'back' : 'forward'} by ${amount(by)}${when}`
}

/** `7.00 s`, `50.2 ms`. */
const amount = (nanos: bigint): string => {
  const ms = Number(size(nanos)) / 1e6
  return ms >= 1_000 ? `${(ms / 1_000).toFixed(2)} s` : `${ms.toFixed(1)} ms`
}

const proofOf = ({ assembly: { view } }: Course, fact: SpanEnded): Proof => {
  const start = { clock: fact.span.instance, earliest: fact.span.start, latest: fact.span.start, seenAt: fact.seenAt }
  const at = view.clocks.moment(start).best
  return {
    source: fact.source,
    at,
    what: `${fact.span.service}, span "${fact.span.name}" begins at ${clockTime(fact.span.start)} on its own clock`,
    ref: fact.id,
  }
}
