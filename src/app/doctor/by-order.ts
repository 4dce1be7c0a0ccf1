import { selectOwnSpans } from '../../evidence/own-spans.ts'
import { listProbes } from '../../probe/probe-files.ts'
import type { VerdictDocument } from '../../report/verdict-schema.ts'
import { findBrowserIfAny } from '../browser.ts'
import type { Watched } from '../follow/watched.ts'
import { runOnce } from '../run.ts'
import type { App } from '../start.ts'
import type { Check } from './check.ts'
import { missingAttributes } from './telemetry.ts'

/** Classes of findings that speak of the telemetry itself, not of the order. */
const TELEMETRY = new Set(['trace', 'time', 'monitor'])

interface Played {
  readonly watched: Watched
  readonly document: VerdictDocument
}

const play = async (app: App, signal: AbortSignal, say: (sentence: string) => void): Promise<readonly Played[]> => {
  const browser = await findBrowserIfAny(say)
  const played: Played[] = []
  for (const probe of await listProbes(app.settings.probesFolder)) {
    const orders: Watched[] = []
    const onOrder = (watched: Watched) => void orders.push(watched)
    say(`Placing one order by ${probe.name}.`)
    const { outcome, documents } = await runOnce(app, { probe, browser, until: null, signal, onOrder })
    // Without a browser a probe of a page cannot be played; another will do.
    if (outcome.outcome === 'broke') continue
    const [watched] = orders
    const [document] = documents
    if (watched !== undefined && document !== undefined) played.push({ watched, document })
  }
  return played
}

const orderCheck = ({ document }: Played): Check => ({
  what: `one ${document.order.flow} order`,
  state: document.verdict === 'broken' ? 'bad' : document.verdict === 'inconclusive' ? 'unknown' : 'good',
  detail: document.reason,
})

/** What the rules about telemetry found: who dropped the context, which attribute or mark is missing, which clock is off. */
const findingChecks = ({ document }: Played): readonly Check[] =>
  document.findings
    .filter((finding) => TELEMETRY.has(finding.class))
    .map(({ code, handoff, stage, message }) => ({
      what: `${code}${handoff === null && stage === null ? '' : ` at ${handoff ?? stage}`}`,
      state: 'bad',
      detail: message,
    }))

const contextChecks = ({ document }: Played, app: App): readonly Check[] =>
  document.hops
    .filter(({ handoff }) => {
      const promise = app.contract.handoffs[handoff ?? '']?.context
      return promise !== undefined && promise !== 'none'
    })
    .filter(({ context }) => context !== 'lost')
    .map(({ id, context }) => {
      const what = `trace context over ${id}`
      const seen = context !== 'unknown' && context !== 'none'
      return { what, state: seen ? 'good' : 'unknown', detail: seen ? context : 'not seen' }
    })

/** Each thing once, the worst that was said of it. */
const once = (checks: readonly Check[]): readonly Check[] => {
  const kept = new Map<string, Check>()
  for (const check of checks) {
    const before = kept.get(check.what)
    if (before === undefined || (before.state !== 'bad' && check.state === 'bad') || before.state === 'unknown')
      kept.set(check.what, check)
  }
  return [...kept.values()]
}

/** Places an order by every probe that can be played, and looks at what each system left of it. */
export async function checkByOrder(
  app: App,
  signal: AbortSignal,
  say: (sentence: string) => void,
): Promise<readonly Check[]> {
  const played = await play(app, signal, say)
  if (played.length === 0) return [{ what: 'telemetry', state: 'unknown', detail: 'no probe could place an order' }]
  const spans = played.flatMap(({ watched }) =>
    selectOwnSpans(app.contract.recognise, watched.order, watched.facts()).own.map(({ span }) => span),
  )
  return once([
    ...played.map(orderCheck),
    ...missingAttributes(app.contract, spans, () => ({ state: 'bad', detail: 'left no span of any order' })),
    ...played.flatMap(findingChecks).filter(({ what }) => !what.startsWith('attribute-missing')),
    ...played.flatMap((each) => contextChecks(each, app)),
  ])
}
