import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OtlpReceiver } from '../../../src/evidence/otlp/receiver.ts'
import { Secret } from '../../../src/shared/secret.ts'
import { bytesField, protobufRequest, service, spanId, traceId } from './encode.ts'
import { createTold, startReceiver, type Told } from './receiving.ts'

const GOOD = protobufRequest([service('crm-api', [{ traceId: traceId(1), spanId: spanId(1) }])])
const GZIP = { 'grpc.default_compression_algorithm': 2 }
const asBytes = (bytes: Buffer) => bytes

let told: Told
let receiver: OtlpReceiver
let client: Client | undefined

/** Calls `Export` with raw bytes: the answer, or the error's code and text. */
function call(
  body: Buffer,
  options: object = {},
  token?: string,
  signal = 'trace.v1.TraceService',
): Promise<Buffer | [number, string]> {
  client = new Client(new URL(receiver.addresses().grpc ?? '').host, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
    ...options,
  })
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  const path = `/opentelemetry.proto.collector.${signal}/Export`
  return new Promise((resolve) => {
    client?.makeUnaryRequest(path, asBytes, asBytes, body, metadata, (error: ServiceError | null, answer?: Buffer) =>
      resolve(error === null ? (answer ?? Buffer.alloc(0)) : [error.code, error.details]),
    )
  })
}

beforeEach(() => {
  told = createTold()
})
afterEach(async () => {
  client?.close()
  await receiver.stop()
})

const start = async (options = {}) => {
  receiver = await startReceiver(told, options)
  receiver.claim([{ kind: 'trace', value: traceId(1) }])
}

describe('a call over gRPC', () => {
  it('is taken and answered; refused spans are counted in the answer', async () => {
    await start()
    expect(await call(GOOD)).toEqual(Buffer.alloc(0))
    const why = Buffer.from('A span has no valid span id.')
    const bad = protobufRequest([service('crm-api', [{ traceId: traceId(1), spanId: spanId(0) }])])
    expect(await call(bad)).toEqual(bytesField(1, Buffer.concat([Buffer.from([0x08, 1, 0x12, why.length]), why])))
    expect(told.spans()).toHaveLength(1)
  })

  it.each(['logs.v1.LogsService', 'metrics.v1.MetricsService'])('to %s is answered', async (signal) => {
    await start()
    expect(await call(Buffer.alloc(0), {}, undefined, signal)).toEqual(Buffer.alloc(0))
  })

  it.each<[string, Buffer, object, number]>([
    ['no protobuf', Buffer.from('nonsense'), {}, status.INVALID_ARGUMENT],
    ['protobuf cut off', GOOD.subarray(0, -1), {}, status.INVALID_ARGUMENT],
    ['more bytes than the limit', Buffer.alloc(1_000_001), {}, status.RESOURCE_EXHAUSTED],
    ['few bytes that inflate past the limit', Buffer.alloc(3_000_000), GZIP, status.RESOURCE_EXHAUSTED],
  ])('with %s is refused, and nothing of it is told', async (_, body, options, code) => {
    await start({ maxBodyBytes: 1_000_000 })
    expect(await call(body, options)).toEqual([code, expect.any(String)])
    expect([told.facts, told.coverages]).toEqual([[], []])
    client?.close()
    expect(await call(GOOD, GZIP)).toEqual(Buffer.alloc(0))
  })

  it('needs the token where there is one', async () => {
    await start({ token: new Secret('open sesame') })
    expect(await call(GOOD)).toEqual([status.UNAUTHENTICATED, expect.any(String)])
    client?.close()
    expect(await call(GOOD, {}, 'open')).toEqual([status.UNAUTHENTICATED, expect.any(String)])
    client?.close()
    expect(told.facts).toEqual([])
    expect(await call(GOOD, {}, 'open sesame')).toEqual(Buffer.alloc(0))
  })
})
