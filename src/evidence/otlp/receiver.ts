import type { Recognise } from '../../contract/contract.ts'
import type { Clock } from '../../shared/clock.ts'
import { createReleaseStack, type ReleaseStack } from '../../shared/release.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Key } from '../keys.ts'
import type { PlantedRegistry } from '../planted.ts'
import type { EvidenceSink, Listener, SourceHealth } from '../ports.ts'
import { createAdmission, requireAuthentication } from './access.ts'
import { createBodyReader } from './body.ts'
import type { IntakeCounts } from './counts.ts'
import { openGrpc } from './grpc.ts'
import { type HttpTimes, openHttp, type TlsFiles } from './http.ts'
import { createSpanIntake } from './intake.ts'
import { KEEP_DEFAULTS, type KeepRules } from './keep.ts'
import type { UnclaimedLimits } from './unclaimed.ts'

interface ListenAt {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
}

export interface OtlpOptions {
  readonly http: ListenAt
  readonly grpc: ListenAt | null
  readonly tls?: TlsFiles
  /** Bearer token; needed as soon as one of the two does not listen on loopback. */
  readonly token?: Secret
  /** Most bytes of one request, before and after inflating. Default 64 MiB, as OTLP recommends. */
  readonly maxBodyBytes?: number
  readonly maxConnections?: number
  readonly times?: HttpTimes
  readonly unclaimed: UnclaimedLimits
  readonly recognise: Recognise
  /** `service.name` values of the contract, whose coverage is told with or without claimed spans; unset: of every service. */
  readonly services?: readonly string[]
  readonly keep?: KeepRules
  /** What is planted in the orders that are followed: detected in all three signals, and never kept. */
  readonly planted?: PlantedRegistry
  /** Told of the order keys of spans that nobody claims. */
  readonly onStranger?: (key: Key) => void
  readonly clock: Clock
}

/** Receives OTLP and tells of the spans that belong to claimed orders. */
export interface OtlpReceiver extends Listener {
  /** Where it listens; throws before `start`. Exporters take the HTTP address as `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  addresses(): { readonly http: string; readonly grpc: string | null }
  /**
   * From now on spans of these keys are told as facts, and those that wait are told at once. A `holder` (an order's key) groups keys:
   * a key claimed by two holders stays claimed until both release it. Without a holder each key stands for itself.
   */
  claim(keys: Iterable<Key>, holder?: string): void
  release(keys: Iterable<Key>, holder?: string): void
  counts(): IntakeCounts
}

const MAX_BODY_BYTES = 64 * 1024 * 1024
const BODIES_IN_FLIGHT = 4
const MAX_CONNECTIONS = 512
const TIMES: HttpTimes = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 60_000 }

/** The receiver; it listens from `start` to `stop`. Claims made before `start` count from the start. */
export function createOtlpReceiver(options: OtlpOptions): OtlpReceiver {
  const maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES
  let told: EvidenceSink | undefined
  const intake = createSpanIntake(
    {
      fact: (fact) => told?.fact(fact),
      condition: (condition) => told?.condition(condition),
      coverage: (coverage) => told?.coverage(coverage),
    },
    { ...options, keep: options.keep ?? KEEP_DEFAULTS },
  )
  let open: { readonly http: string; readonly grpc: string | null } | undefined
  let held: ReleaseStack = createReleaseStack()

  const startListening = async () => {
    const admits = createAdmission(options.token)
    const http = await openHttp({
      ...options.http,
      tls: options.tls,
      admits,
      bodies: createBodyReader({
        maxBodyBytes,
        maxInFlightBytes: BODIES_IN_FLIGHT * maxBodyBytes,
        maxInflating: BODIES_IN_FLIGHT,
      }),
      times: options.times ?? TIMES,
      maxConnections: options.maxConnections ?? MAX_CONNECTIONS,
      takeSpans: (form, body) => (form === 'protobuf' ? intake.takeProtobuf(body) : intake.takeJson(body)),
      takeLogs: intake.takeLogs,
      takeMetrics: intake.takeMetrics,
    })
    held.push('OTLP over HTTP', http.close)
    if (options.grpc === null) return { http: http.address, grpc: null }
    const grpc = await openGrpc({
      ...options.grpc,
      tls: options.tls,
      admits,
      maxBodyBytes,
      takeSpans: intake.takeProtobuf,
      takeLogs: (body) => intake.takeLogs('protobuf', body),
      takeMetrics: (body) => intake.takeMetrics('protobuf', body),
    })
    held.push('OTLP over gRPC', grpc.close)
    return { http: http.address, grpc: grpc.address }
  }

  const start = async (sink: EvidenceSink): Promise<void> => {
    requireAuthentication(options.http.host, options.token)
    if (options.grpc !== null) requireAuthentication(options.grpc.host, options.token)
    told = sink
    held = createReleaseStack()
    try {
      open = await startListening()
    } catch (error) {
      await held.drain()
      throw error
    }
    const timer = setInterval(intake.forget, Math.max(100, Math.min(5000, options.unclaimed.maxAgeMs / 4)))
    timer.unref()
    held.push('forgetting old spans', () => clearInterval(timer))
  }

  const health = (): SourceHealth => {
    const counts = intake.counts()
    const dropped = counts.rejected + counts.crowdedOut
    return {
      name: 'otlp',
      state: open === undefined ? 'down' : 'healthy',
      told: counts.told,
      dropped,
      detail: detailOf(counts),
    }
  }

  return {
    name: 'otlp',
    start,
    stop: async () => {
      open = undefined
      await held.drain()
    },
    health,
    addresses: () => {
      if (open === undefined) throw new Error('The OTLP receiver does not listen.')
      return open
    },
    claim: intake.claim,
    release: intake.release,
    counts: intake.counts,
  }
}

/** The troubles there were, in one sentence; null when there were none. */
function detailOf(counts: IntakeCounts): string | null {
  const troubles = [
    counts.rejected > 0 ? `${counts.rejected} malformed spans refused` : '',
    counts.crowdedOut > 0 ? `${counts.crowdedOut} spans forgotten for want of room` : '',
    counts.unfollowedLinks > 0 ? `${counts.unfollowedLinks} links of traces that link to very many not followed` : '',
    counts.refusedTraces > 0 ? `${counts.refusedTraces} traces not followed because an order had too many` : '',
  ].filter((trouble) => trouble !== '')
  return troubles.length === 0 ? null : `${troubles.join(', ')}.`
}
