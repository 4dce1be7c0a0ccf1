import type { Condition } from '../../evidence/condition.ts'
import type { Fact } from '../../evidence/fact.ts'
import type { Asker, EvidenceSink } from '../../evidence/ports.ts'
import { type Pace, pollDueAt, takeTurn } from '../../evidence/status-api/pace.ts'
import type { Clock } from '../../shared/clock.ts'
import { between, earliest, toMs, type UnixNanos } from '../../shared/units.ts'
import type { Watched } from './watched.ts'

export interface PollerOptions {
  readonly askers: readonly Asker[]
  readonly pace: Pace
  readonly clock: Clock
  readonly sink: EvidenceSink
}

/** Turns askers into listeners: asks about each watched order, quickly while it moves, slowly at rest, never over the limit. */
export interface Poller {
  watch(watched: Watched): void
  moved(key: string): void
  unwatch(key: string): void
  /** Aborts questions under way; nothing is asked afterwards. */
  stop(): void
}

interface Question {
  readonly watched: Watched
  readonly asker: Asker
  readonly system: string
  lastPolledAt: UnixNanos | null
  lastChangeAt: UnixNanos
  asking: boolean
}

const unreachable = (fact: Fact): Condition | null => {
  if (fact.kind !== 'status-unavailable' || fact.why === 'nonsense') return null
  const { earliest: from, latest: to } = fact.at
  return {
    id: `${fact.id}:unreachable`,
    source: fact.source,
    kind: 'system-unreachable',
    subject: fact.system,
    from,
    to,
  }
}

/** Asks nobody until an order is watched. */
export function createPoller({ askers, pace, clock, sink }: PollerOptions): Poller {
  const questions = new Map<string, readonly Question[]>()
  const freeAt = new Map<string, UnixNanos>()
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined

  const ask = async (question: Question) => {
    question.asking = true
    question.lastPolledAt = clock.now()
    const answer = await question.asker.ask(question.system, question.watched.keys(), stopping.signal)
    question.asking = false
    if (stopping.signal.aborted) return
    for (const fact of answer.outcome === 'unsupported' ? [] : answer.facts) {
      sink.fact(fact)
      const condition = unreachable(fact)
      if (condition !== null) sink.condition(condition)
    }
    schedule()
  }

  /** The longest overdue first, so that at the limit the orders take turns. Without an order id there is nothing to ask; the id arrives as a change. */
  const waiting = () =>
    [...questions.values()]
      .flat()
      .filter((question) => !question.asking && question.watched.keys().order.size > 0)
      .map((question) => ({ question, due: pollDueAt(pace, question) }))
      .sort((a, b) => Number(a.due - b.due))

  const schedule = () => {
    clearTimeout(timer)
    if (stopping.signal.aborted) return
    const now = clock.now()
    let next: UnixNanos | null = null
    for (const { question, due } of waiting()) {
      const turn = due <= now ? takeTurn(pace, freeAt.get(question.system) ?? null, now) : null
      if (turn?.outcome === 'ask') {
        freeAt.set(question.system, turn.systemFreeAt)
        void ask(question)
        continue
      }
      const at = turn === null ? due : turn.until
      next = next === null ? at : earliest(next, at)
    }
    if (next !== null) timer = setTimeout(schedule, Math.max(1, Math.ceil(toMs(between(next, clock.now())))))
  }

  return {
    watch: (watched) => {
      const mine = askers.flatMap((asker) =>
        asker.systems.map((system) => ({
          watched,
          asker,
          system,
          lastPolledAt: null,
          lastChangeAt: clock.now(),
          asking: false,
        })),
      )
      questions.set(watched.order.key, mine)
      schedule()
    },
    moved: (key) => {
      for (const question of questions.get(key) ?? []) question.lastChangeAt = clock.now()
      schedule()
    },
    unwatch: (key) => {
      if (questions.delete(key)) schedule()
    },
    stop: () => {
      stopping.abort()
      clearTimeout(timer)
      questions.clear()
    },
  }
}
