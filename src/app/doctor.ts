import type { KeySet } from '../evidence/keys.ts'
import { listProbes } from '../probe/probe-files.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import { delay } from '../shared/wait.ts'
import type { Check } from './check.ts'
import type { Watched } from './follow/watched.ts'
import { runOnce } from './run.ts'
import type { App } from './start.ts'
import { missingAttributes } from './telemetry-check.ts'

export interface ExamineOptions {
  readonly signal: AbortSignal
  readonly say: (sentence: string) => void
}

const LISTEN_MS = 10_000
const LOOK_MS = 100
/** No order has this id, so a healthy status API says that it knows no such order. */
const NOBODYS_ORDER = '00000000-0000-4000-8000-000000000000'

const NONE: ReadonlySet<string> = new Set()
const NOBODY: KeySet = {
  order: new Set([NOBODYS_ORDER]),
  reference: NONE,
  trace: NONE,
  message: NONE,
  correlation: NONE,
  run: NONE,
}

const checkReceiver = (app: App): Check =>
  app.otlp === null
    ? { what: 'OTLP', state: 'unknown', detail: 'switched off in the configuration' }
    : {
        what: 'OTLP',
        state: 'good',
        detail: `listens at ${app.otlp.http}${app.otlp.grpc === null ? '' : ` and ${app.otlp.grpc} (gRPC)`}`,
      }

const checkStatusApis = async (app: App, signal: AbortSignal): Promise<readonly Check[]> => {
  const asker = app.askers.find(({ name }) => name === 'status-api')
  if (asker === undefined) return [{ what: 'status APIs', state: 'unknown', detail: 'none configured' }]
  return Promise.all(
    asker.systems.map(async (system): Promise<Check> => {
      const what = `status API of ${system}`
      const answer = await asker.ask(system, NOBODY, signal)
      if (answer.outcome === 'unavailable' || answer.outcome === 'unsupported')
        return { what, state: 'bad', detail: answer.why }
      return { what, state: 'good', detail: 'answers' }
    }),
  )
}

/** Waits a while for spans of every instrumented system, placing nothing. */
const listenForSpans = async (app: App, { signal, say }: ExamineOptions): Promise<readonly Check[]> => {
  const expected = Object.entries(app.contract.systems).filter(
    ([, system]) => system.services.length > 0 && system.instrumented !== false,
  )
  const silent = () =>
    expected.filter(([, system]) => !system.services.some((service) => app.follower.heard().has(service)))
  say(`Listening ${LISTEN_MS / 1000} s for spans of ${expected.map(([name]) => name).join(', ')}.`)
  const until = performance.now() + LISTEN_MS
  while (silent().length > 0 && performance.now() < until) await delay(LOOK_MS, signal)
  const quiet = new Set(silent().map(([name]) => name))
  return expected.map(([name]) => ({
    what: `spans of ${name}`,
    state: quiet.has(name) ? 'unknown' : 'good',
    detail: quiet.has(name) ? `none in ${LISTEN_MS / 1000} s; an idle system tells nothing` : 'arrive',
  }))
}

const contextChecks = (document: VerdictDocument, app: App): readonly Check[] => {
  const promised = document.hops.filter((hop) => {
    const promise = app.contract.handoffs[hop.handoff ?? '']?.context
    return promise !== undefined && promise !== 'none'
  })
  return promised.map((hop) => {
    const what = `trace context over ${hop.id}`
    if (hop.context === 'lost') return { what, state: 'bad', detail: `lost between ${hop.from} and ${hop.to}` }
    if (hop.context === 'unknown' || hop.context === 'none') return { what, state: 'unknown', detail: 'not seen' }
    return { what, state: 'good', detail: hop.context }
  })
}

/** Places one order in the sandbox and looks at what every system left of it. */
const checkByOrder = async (app: App, { signal, say }: ExamineOptions): Promise<readonly Check[]> => {
  const probe = (await listProbes(app.settings.probesFolder)).find(({ name }) => name === 'shop-api')
  if (probe === undefined)
    return [{ what: 'telemetry', state: 'unknown', detail: 'no probe shop-api to place an order with' }]
  say('Placing one order in the sandbox.')
  let order: Watched | undefined
  const { documents } = await runOnce(app, {
    probe,
    browser: null,
    until: null,
    signal,
    onOrder: (watched) => {
      order = watched
    },
  })
  const [document] = documents
  if (order === undefined || document === undefined) return []
  const missing = missingAttributes(app.contract, order.order, order.facts())
  const placed: Check = {
    what: 'one order',
    state: document.verdict === 'passed' ? 'good' : 'bad',
    detail: document.reason,
  }
  return [placed, ...missing, ...contextChecks(document, app)]
}

/** Looks at every source, and at the telemetry of every system as far as that can be seen. */
export async function examineApp(app: App, options: ExamineOptions): Promise<readonly Check[]> {
  const rest = app.sandbox === null ? await listenForSpans(app, options) : await checkByOrder(app, options)
  return [
    { what: 'store', state: 'good', detail: 'answers' },
    checkReceiver(app),
    ...(await checkStatusApis(app, options.signal)),
    ...rest,
  ]
}
