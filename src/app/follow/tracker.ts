import type { Evaluation } from '../../diagnosis/verdict.ts'
import type { WatchedOrder } from '../../evidence/evidence.ts'
import type { Fact } from '../../evidence/fact.ts'
import { type Key, type KeySet, keyText } from '../../evidence/keys.ts'
import type { Clock } from '../../shared/clock.ts'
import { between, toMs, type UnixNanos } from '../../shared/units.ts'
import { keysOf } from './names.ts'
import { shapeOf } from './shape.ts'
import type { Turns } from './turns.ts'
import type { Standing, Watched } from './watched.ts'

export interface TrackerOptions {
  readonly order: WatchedOrder
  readonly clock: Clock
  readonly coalesceMs: number
  readonly turns: Turns
  readonly evaluate: (facts: readonly Fact[], now: UnixNanos) => Evaluation
  readonly correlate: (facts: readonly Fact[]) => KeySet
  /** New names of the order. */
  readonly onKeys: (keys: readonly Key[]) => void
  /** The journey has changed its shape: a stage reached, a hop crossed. */
  readonly onMoved: () => void
  readonly onFinal: (standing: Standing) => void
}

/** One order's evidence and the latest answer about it; evaluates soon after new evidence and when time alone may change the answer. */
export interface Tracker extends Watched {
  start(): void
  stop(): void
  /** False when the fact was known already. */
  add(fact: Fact): boolean
  /** Evidence shared by all orders has changed. */
  touch(): void
}

/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Evaluating one order may take at most this share of the time. */
const BUSY_SHARE = 0.25

export function createTracker(options: TrackerOptions): Tracker {
  const { order, clock } = options
  const facts: Fact[] = []
  const known = new Set<string>()
  const announced = new Set<string>()
  const listeners = new Set<(standing: Standing) => void>()
  let keys: KeySet = options.correlate(facts)
  let standing: Standing | null = null
  let takeBack: (() => void) | undefined
  let later: NodeJS.Timeout | undefined
  let tookMs = 0
  let stopped = false

  const announce = () => {
    keys = options.correlate(facts)
    const fresh = keysOf(keys).filter((key) => !announced.has(keyText(key)))
    for (const key of fresh) announced.add(keyText(key))
    // Learning a name may hand over waiting facts at once, which may hold further names: `add` asks for another round.
    if (fresh.length > 0) options.onKeys(fresh)
  }

  const wake = (at: UnixNanos | null) => {
    clearTimeout(later)
    if (at === null || stopped) return
    const ms = Math.max(1, Math.ceil(toMs(between(at, clock.now()))))
    later = setTimeout(run, Math.min(ms, LONGEST_TIMER_MS))
  }

  const publish = (next: Standing) => {
    const before = standing
    standing = next
    const moved = before === null || shapeOf(before.evaluation) !== shapeOf(next.evaluation)
    if (moved) options.onMoved()
    for (const listener of [...listeners]) listener(next)
    const wasFinal = before?.evaluation.state === 'final'
    if (!wasFinal && next.evaluation.state === 'final') options.onFinal(next)
  }

  const run = () => {
    takeBack?.()
    takeBack = undefined
    if (stopped) return
    const began = performance.now()
    announce()
    const evaluation = options.evaluate(facts, clock.now())
    tookMs = performance.now() - began
    const last = standing?.evaluation
    if (last?.state === 'final') {
      // A final answer stands unless the evidence that came later overturns it.
      const same =
        evaluation.state !== 'final' || (evaluation.verdict === last.verdict && evaluation.reason === last.reason)
      if (!same) publish({ order, evaluation, decidedAt: clock.now(), revision: (standing?.revision ?? 1) + 1 })
      return
    }
    publish({ order, evaluation, decidedAt: clock.now(), revision: 1 })
    wake(evaluation.state === 'final' ? null : evaluation.wakeAt)
  }

  const touch = () => {
    if (stopped || takeBack !== undefined) return
    takeBack = options.turns.after(Math.max(options.coalesceMs, tookMs / BUSY_SHARE), run)
  }

  const until: Watched['until'] = (wanted, limitMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      if (standing !== null && wanted(standing)) return resolve(true)
      const done = (settle: () => void) => {
        clearTimeout(timer)
        listeners.delete(look)
        signal?.removeEventListener('abort', aborted)
        settle()
      }
      const look = (next: Standing) => {
        if (wanted(next)) done(() => resolve(true))
      }
      const aborted = () => done(() => reject(signal?.reason as Error))
      const timer =
        limitMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => done(() => resolve(false)), limitMs)
      listeners.add(look)
      signal?.addEventListener('abort', aborted, { once: true })
    })

  const final: Watched['final'] = async (signal) => {
    await until(({ evaluation }) => evaluation.state === 'final', Number.POSITIVE_INFINITY, signal)
    if (standing === null) throw new Error('A final order has a standing.')
    return standing
  }

  return {
    order,
    standing: () => standing,
    facts: () => facts,
    keys: () => keys,
    until,
    final,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    start: run,
    stop: () => {
      stopped = true
      takeBack?.()
      clearTimeout(later)
    },
    add: (fact) => {
      if (known.has(fact.id)) return false
      known.add(fact.id)
      facts.push(fact)
      touch()
      return true
    },
    touch,
  }
}
