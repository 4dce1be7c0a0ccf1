import type { Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'
import { evaluate } from '../diagnosis/evaluate.ts'
import { correlate } from '../evidence/correlate.ts'
import type { EvidenceRecord, WatchedOrder } from '../evidence/evidence.ts'
import type { OtlpReceiver } from '../evidence/otlp/receiver.ts'
import { createPlantedRegistry } from '../evidence/planted.ts'
import type { Asker, EvidenceSink, SourceHealth } from '../evidence/ports.ts'
import type { PostgresSource } from '../evidence/postgres/postgres.ts'
import { verdictDocument } from '../report/verdict-document.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import { type Clock, createMonitorClock } from '../shared/clock.ts'
import { asWaybillError, WaybillError } from '../shared/errors.ts'
import { createReleaseStack, type ReleaseStack } from '../shared/release.ts'
import { asWatched } from './as-watched.ts'
import { type Books, openBooks } from './books.ts'
import { createFollower, type Follower } from './follow/follower.ts'
import { createPollClaims } from './follow/poll-claims.ts'
import { createPoller } from './follow/poller.ts'
import type { Standing, Watched } from './follow/watched.ts'
import { notePlacement, startWriter } from './keep-records.ts'
import { sentenceOf } from './left-behind.ts'
import { createOwnSpans } from './own-spans.ts'
import { type ProbeControl, startProbeControl } from './probe-control.ts'
import { startTap } from './rabbitmq.ts'
import { createSample, type Sample } from './sample.ts'
import type { Sandbox, SandboxOptions } from './sandbox-process.ts'
import { isShown } from './shown-on-page.ts'
import { sourceDocuments } from './source-documents.ts'
import { buildReceiver } from './sources.ts'
import { startWatched, targetsOf } from './watched-system.ts'
import { buildWitnesses } from './witnesses.ts'

export interface AppOptions {
  readonly settings: Settings
  readonly contract: Contract
  /** File to which all evidence is written too. */
  readonly saveEvidence?: string
  readonly onProgress: (sentence: string) => void
  /** Trouble that does not stop the work: the store stays away, a sandbox process died. */
  readonly onTrouble: (error: WaybillError) => void
  readonly signal: AbortSignal
  /** Brings the reference order system up in another way than as processes of its own: a cell of one that runs. */
  readonly bringUp?: (options: SandboxOptions) => Promise<Sandbox>
  /** Also looks at the first orders of others that pass by. */
  readonly sample?: boolean
}

/** The monitor with all it needs, running. */
export interface App {
  readonly settings: Settings
  readonly contract: Contract
  readonly clock: Clock
  readonly follower: Follower
  readonly control: ProbeControl
  readonly askers: readonly Asker[]
  /** The rows of orders; null where none are read. */
  readonly postgres: PostgresSource | null
  readonly books: Books
  readonly sandbox: Sandbox | null
  /** Base URL of each system a probe talks to. */
  readonly targets: Readonly<Record<string, string>>
  /** What passes by of others, where that was asked for. */
  readonly sample: Sample | null
  /** Where spans are received; null when that source is off. */
  readonly otlp: { readonly http: string; readonly grpc: string | null } | null
  /** Aborted, with a `WaybillError`, when something the work rests on is gone. */
  readonly lost: AbortSignal
  /** Enters an order in the ledger and follows it from now on. */
  watch(order: WatchedOrder): Promise<Watched>
  document(standing: Standing): VerdictDocument
  health(): readonly SourceHealth[]
  /**
   * Resolves once the verdicts and all evidence so far are kept. A store that stays away is told as trouble: the verdict was
   * reached and is shown all the same.
   */
  keep(documents: readonly VerdictDocument[]): Promise<void>
  stop(): Promise<void>
}

const NOT_CONFIGURED = { state: 'not-configured', told: 0, dropped: 0, detail: null } as const

const startReceiver = async (
  { settings, contract }: AppOptions,
  clock: Clock,
  watching: Parameters<typeof buildReceiver>[3],
  sink: EvidenceSink,
  held: ReleaseStack,
): Promise<OtlpReceiver | null> => {
  if (settings.otlp === null) return null
  const receiver = await buildReceiver(settings.otlp, contract, clock, watching)
  held.push('OTLP receiver', () => receiver.stop())
  await receiver.start(sink)
  return receiver
}

const assemble = async (options: AppOptions, held: ReleaseStack): Promise<App> => {
  const { settings } = options
  const contract = asWatched(options.contract, settings)
  const clock = createMonitorClock()
  const planted = createPlantedRegistry()
  // The receiver must listen before the watched system starts, the follower can only be made once its addresses are known.
  let follower: Follower | undefined
  let receiver: OtlpReceiver | null = null
  const sample = options.sample === true ? createSample((keys, holder) => receiver?.claim(keys, holder)) : null
  const sink: EvidenceSink = {
    fact: (fact) => {
      follower?.fact(fact)
      sample?.fact(fact)
    },
    condition: (condition) => follower?.condition(condition),
    coverage: (coverage) => follower?.coverage(coverage),
  }
  const watching = { planted, ...(sample === null ? {} : { onStranger: sample.meet }) }
  receiver = await startReceiver(options, clock, watching, sink, held)
  // Both are waited for whatever happens to the other, so that what did start is known to the release stack.
  const inVain = new AbortController()
  const [opened, started] = await Promise.allSettled([
    openBooks({ ...options, clock }, held).catch((error: unknown) => {
      inVain.abort(error)
      throw error
    }),
    startWatched({ ...options, signal: AbortSignal.any([options.signal, inVain.signal]) }, receiver, held),
  ])
  if (opened.status === 'rejected') throw opened.reason
  if (started.status === 'rejected') throw started.reason
  const [books, sandbox] = [opened.value, started.value]
  const left = await books.closeLeftBehind(contract.placing)
  // The orders of a sandbox went with it.
  const remaining = settings.system === 'sandbox' ? [] : left
  for (const sentence of remaining.map(sentenceOf)) if (sentence !== null) options.onProgress(sentence)
  const writer = await startWriter(options, books, held)
  const targets = targetsOf(settings, sandbox)

  const claims = createPollClaims({
    claim: (keys) => receiver?.claim(keys),
    release: (keys) => receiver?.release(keys),
  })
  const ready = sandbox?.ready ?? null
  const { onPoll } = claims
  const asked = buildWitnesses({ settings, contract, ready, targets, clock, onPoll, say: options.onProgress })
  const tap = await startTap(options, ready, clock, sink, planted, held)
  const ownSpans = createOwnSpans(settings.exportTo, sink)
  held.push('own spans', () => ownSpans.stop())
  const poller = createPoller({ askers: asked.askers, pace: asked.pace, clock, sink: ownSpans.sink })
  held.push('questions', () => {
    poller.stop()
    return asked.close()
  })
  const following = createFollower({
    contract,
    clock,
    evaluate,
    correlate,
    claim: (keys, holder) => {
      for (const listener of [receiver, tap]) listener?.claim(keys, holder)
    },
    release: (keys, holder) => {
      for (const listener of [receiver, tap]) listener?.release(keys, holder)
    },
    poll: poller,
    planted,
    record: (record: EvidenceRecord, run: string) => writer.write(record, run),
  })
  follower = following

  const health = (): readonly SourceHealth[] => [
    receiver?.health() ?? { name: 'otlp', ...NOT_CONFIGURED },
    tap?.health() ?? { name: 'rabbitmq', ...NOT_CONFIGURED },
    ...asked.health(),
    { name: 'probe', state: 'healthy', told: 0, dropped: 0, detail: null },
  ]
  const document = ({ order, evaluation, decidedAt, revision }: Standing): VerdictDocument => {
    const facts = following.watched(order.key)?.facts() ?? []
    const sources = sourceDocuments(health(), facts, following.gaps())
    return verdictDocument({ order, evaluation, decidedAt, revision, sources })
  }
  const control = await startProbeControl({
    sink,
    watched: following.watched,
    document,
    isShown: (order, standing, stage, system) =>
      !asked.looksAtPages() || isShown(contract, order, standing, { stage, system, now: clock.now() }),
  })
  held.push('probe control', () => control.stop())

  const lost = new AbortController()
  let stopping = false
  held.push('watching the sandbox', () => {
    stopping = true
  })
  void sandbox?.gone.then((how) => {
    if (stopping) return
    lost.abort(new WaybillError({ code: 'part-failed', message: `The sandbox went away: ${how}.`, hint: 'Run again.' }))
  })

  return {
    settings,
    contract,
    clock,
    follower: following,
    control,
    askers: asked.askers,
    postgres: asked.postgres,
    books,
    sandbox,
    targets,
    sample,
    otlp: receiver?.addresses() ?? null,
    lost: lost.signal,
    watch: async (order) => {
      await books.enter(order)
      const watched = following.watch(order)
      notePlacement(books, watched, options.onTrouble)
      return watched
    },
    document,
    health,
    keep: async (documents) => {
      try {
        await writer.flush()
        for (const kept of documents) await books.finish(kept)
      } catch (error) {
        options.onTrouble(asWaybillError(error))
      }
    },
    stop: () => held.drain(),
  }
}

/** Starts all parts; when one fails, those that did start are stopped again and the first trouble is thrown. */
export async function startApp(options: AppOptions): Promise<App> {
  const held = createReleaseStack(20_000)
  try {
    return await assemble(options, held)
  } catch (error) {
    await held.drain().catch(() => {})
    throw error
  }
}
