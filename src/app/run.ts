import type { Contract } from '../contract/contract.ts'
import type { Browser } from '../embedded/browser.ts'
import { createRunFolder } from '../embedded/run-folder.ts'
import type { WatchedOrder } from '../evidence/evidence.ts'
import { MONITOR_CLOCK, type ProbeEnded } from '../evidence/fact.ts'
import {
  type OrderGrant,
  type OrderRequest,
  type ProbeSettings,
  probeSettingsSchema,
} from '../probe/control-protocol.ts'
import type { ProbeFile } from '../probe/probe-files.ts'
import { type ProbeOutcome, runProbe } from '../probe/run-probe.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import { WaybillError } from '../shared/errors.ts'
import { parseDuration } from '../shared/units.ts'
import { within } from '../shared/wait.ts'
import type { Watched } from './follow/watched.ts'
import { newOrderKey, newRunId } from './order-names.ts'
import { spanEndpoint } from './own-spans.ts'
import { playwrightPlaces } from './playwright-places.ts'
import type { App } from './start.ts'

export interface RunRequest {
  readonly probe: ProbeFile
  readonly browser: Browser | null
  /** Last stage asked for; null for what the probe itself asks. */
  readonly until: string | null
  readonly signal: AbortSignal
  /** Called once an order is entered and before the probe may place it. */
  readonly onOrder?: (watched: Watched) => Promise<void> | void
  readonly onStep?: (title: string) => void
  /** Plays the probe instead of Playwright, with what is temporary in the folder given; resolves however the story ends. */
  readonly play?: (settings: ProbeSettings, folder: string) => Promise<ProbeOutcome>
}

export interface RunResult {
  readonly run: string
  readonly outcome: ProbeOutcome
  readonly documents: readonly VerdictDocument[]
}

const stagesOf = (contract: Contract, flow: string): readonly string[] =>
  (contract.flows[flow]?.path ?? []).flatMap((step) => ('stage' in step ? [step.stage] : []))

const checkRequest = ({ contract }: App, { flow, until }: OrderRequest): void => {
  const stages = stagesOf(contract, flow)
  if (stages.length === 0) {
    const expected = Object.keys(contract.flows).join(', ')
    throw new WaybillError({
      code: 'bad-usage',
      message: 'The probe asks for a flow the contract does not have.',
      expected,
      actual: flow,
    })
  }
  if (until !== null && !stages.includes(until)) {
    const message = `The stage asked for is not on the path of a ${flow} order.`
    throw new WaybillError({ code: 'bad-usage', message, expected: stages.join(', '), actual: until })
  }
}

/** The probe's spans go where the systems' spans go, so that no trace there is orphaned; else to our own receiver. */
const spansTo = ({ settings, otlp }: App): ProbeSettings['otlp'] => {
  if (settings.exportTo !== null) return spanEndpoint(settings.exportTo)
  const token = settings.otlp?.token?.reveal()
  return otlp === null
    ? null
    : { url: `${otlp.http}/v1/traces`, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }
}

/** The settings of a probe worker that reports to this run. */
export const probeSettings = (
  app: App,
  run: string,
  token: string,
  browser: Browser | null,
  until: string | null,
): ProbeSettings => {
  const { span } = app.contract.recognise
  return probeSettingsSchema.parse({
    control: { url: app.control.url, token },
    run,
    targets: app.targets,
    otlp: spansTo(app),
    browser: browser === null ? null : { executablePath: browser.executablePath },
    until,
    acts: app.settings.acts,
    marks: app.settings.marks,
    attributes: { order: span.order[0], reference: span.reference?.[0] },
  })
}

/** Enters an order for a probe and follows it; the answer lets the probe place it. */
export async function grantOrder(
  app: App,
  run: string,
  request: OrderRequest,
): Promise<{ watched: Watched; grant: OrderGrant }> {
  checkRequest(app, request)
  const key = newOrderKey()
  const order: WatchedOrder = {
    key,
    flow: request.flow,
    probe: request.probe,
    run,
    until: request.until,
    enteredAt: app.clock.now(),
    placeWithinMs: app.settings.placeWithin,
  }
  const watched = await app.watch(order)
  const stages = [...stagesOf(app.contract, request.flow)]
  return { watched, grant: { key, externalReference: key, run, until: request.until, stages } }
}

const tellEnd = (app: App, watched: Watched, { outcome, detail }: ProbeOutcome): void => {
  const now = app.clock.now()
  const fact: ProbeEnded = {
    id: `probe:${watched.order.key}:ended-by-monitor`,
    source: 'probe',
    kind: 'probe-ended',
    at: { clock: MONITOR_CLOCK, earliest: now, latest: now },
    seenAt: now,
    keys: [{ kind: 'reference', value: watched.order.key }],
    outcome,
    detail,
  }
  app.follower.fact(fact)
}

/** No evaluation may keep an order open beyond all its deadlines together; this bounds a defect, not an order. */
const longestMs = ({ contract, settings }: App, flow: string): number => {
  const stagesMs = stagesOf(contract, flow).map((stage) =>
    Number(parseDuration(contract.stages[stage]?.within ?? '') ?? 0),
  )
  const allMs = stagesMs.reduce((sum, ms) => sum + ms, Number(settings.placeWithin))
  return Math.min(2 * allMs + 120_000, 2 ** 31 - 1)
}

const settle = async (app: App, watched: Watched, signal: AbortSignal): Promise<VerdictDocument> => {
  await within(longestMs(app, watched.order.flow), `The verdict on ${watched.order.key}`, watched.final(signal))
  const standing = watched.standing()
  if (standing === null) throw new Error('A final order has a standing.')
  return app.document(standing)
}

/** An order that was never asked for, so that a probe that broke before it is reported like any other. */
const neverEntered = async (app: App, run: string, { name }: ProbeFile): Promise<Watched> => {
  const flow = Object.keys(app.contract.flows)[0] ?? ''
  const { watched } = await grantOrder(app, run, { probe: name, flow, until: null })
  return watched
}

/** One run of one probe: plays it, follows the orders it places to their verdicts, and lets go of them. */
export async function runOnce(app: App, request: RunRequest): Promise<RunResult> {
  const { probe, browser, until } = request
  const run = newRunId(probe.name, new Date())
  const signal = AbortSignal.any([request.signal, app.lost])
  const orders: Watched[] = []
  const channel = app.control.open({
    grant: async (asked) => {
      const { watched, grant } = await grantOrder(app, run, { ...asked, probe: probe.name })
      orders.push(watched)
      await request.onOrder?.(watched)
      return grant
    },
  })
  const folder = await createRunFolder('probe')
  const byPlaywright = async (settings: ProbeSettings, outputDir: string): Promise<ProbeOutcome> =>
    runProbe({
      file: probe.file,
      settings,
      outputDir,
      ...(await playwrightPlaces(probe)),
      signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.state === 'begun') request.onStep?.(event.title)
      },
    })
  try {
    await app.books.beginRun(run, probe.name)
    const settings = probeSettings(app, run, channel.token, browser, until)
    const outcome = await (request.play ?? byPlaywright)(settings, folder.path)
    signal.throwIfAborted()
    if (orders.length === 0) {
      const watched = await neverEntered(app, run, probe)
      orders.push(watched)
      await request.onOrder?.(watched)
    }
    if (!outcome.told) for (const watched of orders) tellEnd(app, watched, outcome)
    const documents = await Promise.all(orders.map((watched) => settle(app, watched, signal)))
    await app.keep(documents)
    return { run, outcome, documents }
  } catch (error) {
    // Whatever ended the run, its orders are no longer followed, and the next monitor need not wonder.
    for (const { order } of orders) await app.books.letGo(order.key).catch(() => {})
    throw error
  } finally {
    channel.close()
    for (const watched of orders) app.follower.unwatch(watched.order.key)
    await folder.release()
  }
}
