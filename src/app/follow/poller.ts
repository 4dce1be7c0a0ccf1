import type { Condition } from '../../evidence/condition.ts'
import type { Fact } from '../../evidence/fact.ts'
import type { Answer, Asked, Asker, EvidenceSink, Pace } from '../../evidence/ports.ts'
import { pollDueAt, takeTurn } from '../../evidence/status-api/pace.ts'
import type { Clock } from '../../shared/clock.ts'
import { between, earliest, fromMs, plus, toMs, type UnixNanos } from '../../shared/units.ts'
import type { Watched } from './watched.ts'

export interface PollerOptions {
  readonly askers: readonly Asker[]
  /** For askers that have none of their own. */
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
  readonly pace: Pace
  readonly system: string
  lastPolledAt: UnixNanos | null
  lastChangeAt: UnixNanos
  found: boolean
  asking: boolean
}

/** Orders that are due this soon after the first go along in one question, where an asker takes several. */
const JOIN_MS = 5
const MOST_TOGETHER = 200

const unreachable = (fact: Fact): Condition | null => {
  // That a database or a page does not answer says nothing of the system itself.
  if (fact.kind !== 'status-unavailable' || fact.source !== 'status-api' || fact.why === 'nonsense') return null
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

const askedOf = (watched: Watched): Asked => {
  const evaluation = watched.standing()?.evaluation
  return {
    keys: watched.keys(),
    flow: watched.order.flow,
    final: evaluation?.state === 'final',
    reached: (name) =>
      evaluation?.journey.stages.some(({ stage, state }) => stage === name && state === 'reached') === true,
  }
}

/** Without an order id there is mostly nothing to ask; the id arrives as a change. */
const isWanted = ({ asker, system, watched }: Question): boolean =>
  asker.wants === undefined ? watched.keys().order.size > 0 : asker.wants(system, askedOf(watched))

const dueAt = ({ asker, pace, lastPolledAt, lastChangeAt, found }: Question): UnixNanos =>
  lastPolledAt !== null &&
  found &&
  asker.restsOnceFound === true &&
  !(asker.looksAgainOnceMoved === true && lastChangeAt > lastPolledAt)
    ? plus(lastPolledAt, fromMs(pace.slowest))
    : pollDueAt(pace, { lastPolledAt, lastChangeAt })

const askTogether = async (questions: readonly Question[], signal: AbortSignal): Promise<readonly Answer[]> => {
  const [first] = questions
  if (first === undefined) return []
  const { asker, system, watched } = first
  if (asker.askMany === undefined) return [await asker.ask(system, watched.keys(), signal)]
  const orders = questions.map((question) => question.watched.keys())
  return asker.askMany(system, orders, signal)
}

/** Asks nobody until an order is watched. */
export function createPoller({ askers, pace, clock, sink }: PollerOptions): Poller {
  const questions = new Map<string, readonly Question[]>()
  const freeAt = new Map<Asker, Map<string, UnixNanos>>(askers.map((asker) => [asker, new Map()]))
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined

  const take = (answer: Answer | undefined) => {
    if (answer === undefined || answer.outcome === 'unsupported') return
    for (const fact of answer.facts) {
      sink.fact(fact)
      const condition = unreachable(fact)
      if (condition !== null) sink.condition(condition)
    }
    for (const condition of answer.conditions ?? []) sink.condition(condition)
  }

  const ask = async (together: readonly Question[]) => {
    for (const question of together) {
      question.asking = true
      question.lastPolledAt = clock.now()
    }
    const answers = await askTogether(together, stopping.signal)
    for (const [index, question] of together.entries()) {
      question.asking = false
      question.found = answers[index]?.outcome === 'found'
    }
    if (stopping.signal.aborted) return
    for (const answer of answers) take(answer)
    schedule()
  }

  /** The longest overdue first, so that at the limit the orders take turns. */
  const waiting = () =>
    [...questions.values()]
      .flat()
      .filter((question) => !question.asking && isWanted(question))
      .map((question) => ({ question, due: dueAt(question) }))
      .sort((a, b) => Number(a.due - b.due))

  const schedule = () => {
    clearTimeout(timer)
    if (stopping.signal.aborted) return
    const now = clock.now()
    const soon = plus(now, fromMs(JOIN_MS))
    const inLine = waiting()
    let next: UnixNanos | null = null
    for (const { question, due } of inLine) {
      if (question.asking) continue
      const { asker, system } = question
      const free = freeAt.get(asker)
      const turn = due <= now ? takeTurn(question.pace, free?.get(system) ?? null, now) : null
      if (turn?.outcome === 'ask') {
        free?.set(system, turn.systemFreeAt)
        const along = (other: (typeof inLine)[number]): boolean =>
          other.question.asker === asker &&
          other.question.system === system &&
          !other.question.asking &&
          other.due <= soon
        const together = asker.askMany === undefined ? [question] : inLine.filter(along).map((it) => it.question)
        void ask(together.slice(0, MOST_TOGETHER))
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
          pace: asker.pace ?? pace,
          system,
          lastPolledAt: null,
          lastChangeAt: clock.now(),
          found: false,
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
