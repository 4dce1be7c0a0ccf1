import type { Watched } from '../app/follow/watched.ts'
import type { App } from '../app/start.ts'
import { WaybillError } from '../shared/errors.ts'
import { delay } from '../shared/wait.ts'
import type { Row } from './row.ts'

/** The row's fault: switched on in time, mended where the row says so, and off again in the end. */
export interface Trouble {
  /** Resolves when the fault is on; at once where there is none. */
  begun(): Promise<void>
  /** The order is at a stage from which somebody is about to take it on: does what the row wants done there first. */
  at(stage: string): Promise<void>
  /** Switches off what is on. */
  end(): Promise<void>
}

const NONE = () => Promise.resolve()
const HARMLESS: Trouble = { begun: NONE, at: NONE, end: NONE }

const reached = (watched: Watched, stage: string): boolean =>
  watched.standing()?.evaluation.journey.stages.some((it) => it.stage === stage && it.state === 'reached') ?? false

/** How often the same work of the order has failed: error spans of one name. */
const failures = (watched: Watched): number => {
  const counts = new Map<string, number>()
  for (const fact of watched.facts())
    if (fact.kind === 'span-ended' && fact.span.status === 'error')
      counts.set(fact.span.name, (counts.get(fact.span.name) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}

/** The trouble of one order, off at first. Only the order system of this drill is broken, and only what the row says. */
export function troubleOf(row: Row, app: App, watched: Watched, signal: AbortSignal): Trouble {
  const { fault, scope, after, mending, alongside } = row
  const names = fault === null ? [] : [fault, ...alongside]
  const faults = app.sandbox?.faults
  if (scope === 'none' || names.length === 0) return HARMLESS
  if (faults === undefined)
    throw new WaybillError({ code: 'bad-configuration', message: 'Only the sandbox is broken on purpose.' })
  const meant = scope === 'order' ? ({ kind: scope, reference: watched.order.key } as const) : { kind: scope }
  const over = new AbortController()
  const until = AbortSignal.any([signal, over.signal])
  let on: Promise<void> | undefined
  let off: Promise<void> | undefined
  const clear = async () => void (await Promise.all(names.map((name) => faults.clear(name, meant))))
  const end = () => (off ??= (on ?? Promise.resolve()).catch(() => {}).then(clear))
  const mend = async () => {
    if (mending === null) return
    if ('atStage' in mending) return
    if ('afterMs' in mending) await delay(mending.afterMs, until)
    else await watched.until(() => failures(watched) >= mending.afterFailures, Number.POSITIVE_INFINITY, until)
    await end()
  }
  const begin = async () => {
    if (after !== null) await watched.until(() => reached(watched, after), Number.POSITIVE_INFINITY, until)
    for (const name of names) await faults.set(name, meant)
    void mend().catch(() => {})
  }
  const begun = (): Promise<void> => (on ??= begin())
  return {
    begun,
    at: async (stage) => {
      if (stage === after) await begun()
      if (mending === null || !('atStage' in mending) || stage !== mending.atStage) return
      await watched.until(() => reached(watched, stage), Number.POSITIVE_INFINITY, until)
      await end()
    },
    end: async () => {
      over.abort(new Error('The order has its verdict.'))
      await end()
    },
  }
}
