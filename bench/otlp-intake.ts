import { fork } from 'node:child_process'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { createSpanIntake, type SpanIntake } from '../src/evidence/otlp/intake.ts'
import { KEEP_DEFAULTS } from '../src/evidence/otlp/keep.ts'
import { createOtlpReceiver } from '../src/evidence/otlp/receiver.ts'
import { WireReader } from '../src/evidence/otlp/wire.ts'
import type { EvidenceSink } from '../src/evidence/ports.ts'
import { createMonitorClock } from '../src/shared/clock.ts'
import {
  jsonRequest,
  protobufRequest,
  type ResourceInput,
  START,
  service,
  spanId,
  traceId,
} from '../test/evidence/otlp/encode.ts'
import type { Bench, Measurement } from './bench.ts'
import type { Figure } from './figure.ts'

const SPANS_PER_REQUEST = 512
const SPANS_PER_TRACE = 4
const REQUESTS = 64
const MEASURE_S = 1
const ORDER = (n: number) => `order-${n}`

const IGNORE: EvidenceSink = { fact: () => undefined, condition: () => undefined, coverage: () => undefined }

/** Spans as the sample systems send them: eight attributes, about 340 bytes, four spans to a trace. */
function requestInput(request: number): ResourceInput {
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, at) => {
    const n = request * SPANS_PER_REQUEST + at + 1
    const trace = Math.floor((n - 1) / SPANS_PER_TRACE) + 1
    return {
      traceId: `${'a'.repeat(16)}${traceId(trace).slice(16)}`,
      spanId: spanId(n),
      parentSpanId: spanId(n + 1),
      name: 'mes.orders process',
      kind: 5,
      start: START + BigInt(n) * 1000n,
      end: START + BigInt(n) * 1000n + 3_000_000n,
      flags: 0x101,
      attributes: [
        ['order.id', ORDER(trace)],
        ['order.status', 'SUBMITTED'],
        ['messaging.system', 'rabbitmq'],
        ['messaging.destination', 'orders'],
        ['messaging.rabbitmq.routing_key', 'order.submitted'],
        ['network.peer.port', 5672],
        ['server.address', '127.0.0.1'],
        ['component', 'mes-api'],
      ],
    } as const
  })
  return service('mes-api', spans, '7c9d2f4e')
}

const INTAKE = {
  recognise: { span: { order: ['order.id'], reference: ['order.reference'], status: 'order.status' } },
  services: ['mes-api'],
  keep: KEEP_DEFAULTS,
  unclaimed: { maxBytes: 64 * 1024 * 1024, maxAgeMs: 60_000 },
  clock: createMonitorClock(),
} as const

const createIntake = (): SpanIntake => createSpanIntake(IGNORE, INTAKE)

/**
 * Runs `work` over all bodies again and again for about a second of processor time after a warm-up; spans per second of one core.
 * Processor time, garbage collection included, so that the figure holds on a busy machine.
 */
function spansPerSecond(bodies: readonly Buffer[], work: () => (body: Buffer) => void): number {
  const round = () => bodies.forEach(work())
  round()
  round()
  const started = process.cpuUsage()
  let rounds = 0
  let used = 0
  do {
    round()
    rounds++
    used = usedSeconds(started)
  } while (used < MEASURE_S)
  return (rounds * bodies.length * SPANS_PER_REQUEST) / used
}

function usedSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

/** The whole receiver, network and inflating included: requests come from another process, and only this one's time counts. */
async function spansPerSecondOverHttp(encoding: 'identity' | 'gzip', { signal }: Bench): Promise<number> {
  const receiver = createOtlpReceiver({ ...INTAKE, http: { host: '127.0.0.1', port: 0 }, grpc: null })
  await receiver.start(IGNORE)
  const sender = fork(import.meta.filename, [receiver.addresses().http, encoding], { stdio: 'inherit' })
  const stop = () => void sender.kill()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.race([
      once(sender, 'message'),
      once(sender, 'exit').then(() => Promise.reject(new Error('The sender died.'))),
    ])
    const before = receiver.counts().spans
    const started = process.cpuUsage()
    await once(sender, 'exit')
    signal.throwIfAborted()
    return (receiver.counts().spans - before) / usedSeconds(started)
  } finally {
    signal.removeEventListener('abort', stop)
    sender.kill()
    await receiver.stop()
  }
}

/** The other process: warms the receiver up, says so, and sends on for a while over four connections. */
async function sendOverHttp(address: string, encoding: string): Promise<void> {
  const bodies = Array.from({ length: REQUESTS }, (_, request) => {
    const body = protobufRequest([requestInput(request)])
    return new Uint8Array(encoding === 'gzip' ? gzipSync(body) : body)
  })
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': encoding }
  const send = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      for (const body of bodies) {
        const response = await fetch(`${address}/v1/traces`, { method: 'POST', headers, body })
        await response.arrayBuffer()
      }
    }
  }
  await send(3)
  process.send?.('warm')
  await Promise.all(Array.from({ length: 4 }, () => send(4)))
  process.disconnect()
}

/** Walks every message, string and number of a request, keeping nothing. */
function walk(body: Buffer): void {
  const reader = new WireReader(body)
  const nested = (depth: number, end: number) => {
    while (reader.position < end) {
      const tag = reader.tag()
      if (depth < 3 && (tag & 7) === 2 && (tag >> 3 === 1 || tag >> 3 === 2)) nested(depth + 1, reader.end())
      else reader.skip(tag)
    }
  }
  nested(0, body.length)
}

/** How many spans a second one core takes that belong to nobody, and that belong to a claimed order. */
export const otlpIntake: Measurement = {
  name: 'intake',
  what: 'OTLP intake',
  measure: async (bench) => {
    const inputs = Array.from({ length: REQUESTS }, (_, request) => requestInput(request))
    const protobuf = inputs.map((input) => protobufRequest([input]))
    const json = inputs.map((input) => jsonRequest([input]))
    const orders = Array.from(
      { length: (REQUESTS * SPANS_PER_REQUEST) / SPANS_PER_TRACE },
      (_, at) => ({ kind: 'order', value: ORDER(at + 1) }) as const,
    )
    const foreign = createIntake()
    const claiming = (take: (intake: SpanIntake) => (body: Buffer) => void) => () => {
      const intake = createIntake()
      intake.claim(orders)
      return take(intake)
    }
    const measured = async (bodies: readonly Buffer[], work: () => (body: Buffer) => void): Promise<number> => {
      // Lets a signal in: the measurement itself never waits.
      await new Promise((resolve) => setImmediate(resolve))
      bench.signal.throwIfAborted()
      return spansPerSecond(bodies, work)
    }
    const walked = {
      floor: await measured(protobuf, () => walk),
      floorIs: 'a loop that only walks the same bytes',
    }
    const parsed = {
      floor: await measured(json, () => (body) => void JSON.parse(body.toString('utf8'))),
      floorIs: '`JSON.parse` of the same bodies',
    }
    const figure = (name: string, value: number, atLeast: number | null, floor: typeof walked): Figure => ({
      name: `OTLP intake, ${name}`,
      value,
      unit: 'spans/s',
      target: atLeast === null ? null : { atLeast },
      ...floor,
      note: null,
    })
    return [
      figure(
        'of no order of ours, protobuf',
        await measured(protobuf, () => (body) => void foreign.takeProtobuf(body)),
        200_000,
        walked,
      ),
      figure(
        'of our orders, protobuf',
        await measured(
          protobuf,
          claiming((intake) => (body) => void intake.takeProtobuf(body)),
        ),
        30_000,
        walked,
      ),
      figure(
        'of no order of ours, JSON',
        await measured(json, () => (body) => void foreign.takeJson(body)),
        null,
        parsed,
      ),
      figure(
        'of our orders, JSON',
        await measured(
          json,
          claiming((intake) => (body) => void intake.takeJson(body)),
        ),
        null,
        parsed,
      ),
      figure(
        'of no order of ours, protobuf over HTTP',
        await spansPerSecondOverHttp('identity', bench),
        200_000,
        walked,
      ),
      figure(
        'of no order of ours, protobuf with gzip over HTTP',
        await spansPerSecondOverHttp('gzip', bench),
        null,
        walked,
      ),
    ]
  },
}

const [, , address, encoding] = process.argv
if (import.meta.main && address !== undefined && encoding !== undefined) await sendOverHttp(address, encoding)
