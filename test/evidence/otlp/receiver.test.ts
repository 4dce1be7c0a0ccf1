import { once } from 'node:events'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOtlpReceiver, type OtlpReceiver } from '../../../src/evidence/otlp/receiver.ts'
import { Secret } from '../../../src/shared/secret.ts'
import { protobufRequest, service, spanId, traceId } from './encode.ts'
import { createTestClock, createTold, RECOGNISE, startReceiver, type Told } from './receiving.ts'
import { selfSigned } from './self-signed.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }
const ANYWHERE = { host: '0.0.0.0', port: 0 }
const HEADERS = { 'content-type': 'application/x-protobuf' }
const body = (n: number) => protobufRequest([service('crm-api', [{ traceId: traceId(1), spanId: spanId(n) }])])
const post = (url: string, n: number, headers = {}) =>
  fetch(`${url}/v1/traces`, { method: 'POST', headers: { ...HEADERS, ...headers }, body: body(n) })

let told: Told
let receiver: OtlpReceiver | undefined
beforeEach(() => {
  told = createTold()
})
afterEach(async () => receiver?.stop())

describe('starting and stopping', () => {
  it('stops before it starts, twice, and starts again with its claims', async () => {
    const unstarted = createOtlpReceiver({
      http: LOOPBACK,
      grpc: LOOPBACK,
      unclaimed: { maxBytes: 1000, maxAgeMs: 1000 },
      recognise: RECOGNISE,
      clock: createTestClock(),
    })
    receiver = unstarted
    await unstarted.stop()
    expect(unstarted.health()).toMatchObject({ name: 'otlp', state: 'down', told: 0, dropped: 0 })
    unstarted.claim([{ kind: 'trace', value: traceId(1) }])
    for (const n of [1, 2]) {
      await unstarted.start(told)
      await post(unstarted.addresses().http, n)
      expect(unstarted.health().state).toBe('healthy')
      await Promise.all([unstarted.stop(), unstarted.stop()])
      expect(unstarted.health().state).toBe('down')
    }
    expect(told.spans().map(({ span }) => span.spanId)).toEqual([spanId(1), spanId(2)])
  })

  it('says nothing more once it is stopped, and answers nobody', async () => {
    receiver = await startReceiver(told)
    const { http } = receiver.addresses()
    await receiver.stop()
    await expect(post(http, 1)).rejects.toThrow()
    expect(() => receiver?.addresses()).toThrow()
  })

  it.each(['http', 'grpc'] as const)('names the port that is taken for %s and lets the other go', async (taken) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const bound = other.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0
    const refused = startReceiver(told, { [taken]: { host: '127.0.0.1', port } })
    await expect(refused).rejects.toMatchObject({
      code: 'port-in-use',
      place: `127.0.0.1:${port}`,
      message: expect.stringContaining(`port ${port} is taken`),
      hint: expect.stringContaining('another port'),
    })
    other.close()
    await once(other, 'close')
  })

  it('names an address that is not this machine', async () => {
    const refused = startReceiver(told, { http: { host: '192.0.2.1', port: 0 }, token: new Secret('t') })
    await expect(refused).rejects.toMatchObject({ code: 'bad-configuration', place: '192.0.2.1:0' })
  })
})

describe('who may tell it anything', () => {
  it.each([
    ['HTTP', { http: ANYWHERE }],
    ['gRPC', { grpc: ANYWHERE }],
    ['IPv6', { http: { host: '::', port: 0 } }],
    ['a name', { http: { host: 'monitor.example.org', port: 0 } }],
  ])('is decided before it listens beyond loopback: without a token it does not start (%s)', async (_, where) => {
    await expect(startReceiver(told, where)).rejects.toMatchObject({ code: 'listener-needs-authentication' })
  })

  it('is whoever bears the token', async () => {
    receiver = await startReceiver(told, { http: ANYWHERE, token: new Secret('open sesame') })
    const url = `http://127.0.0.1:${new URL(receiver.addresses().http).port}`
    const answers = await Promise.all([
      post(url, 1),
      post(url, 2, { authorization: 'Bearer open' }),
      post(url, 3, { authorization: 'Basic open sesame' }),
      post(url, 4, { authorization: 'Bearer opensesame' }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    expect(answers[0]?.headers.get('www-authenticate')).toBe('Bearer')
    expect(told.coverages).toEqual([])
    expect((await post(url, 5, { authorization: 'Bearer open sesame' })).status).toBe(200)
  })
})

describe('TLS', () => {
  it('is spoken on both listeners with the certificate given', async () => {
    const tls = selfSigned()
    receiver = await startReceiver(told, { tls })
    receiver.claim([{ kind: 'trace', value: traceId(1) }])
    const { http, grpc } = receiver.addresses()
    expect([http, grpc]).toEqual([expect.stringMatching(/^https:/), expect.stringMatching(/^https:/)])

    const sent = request(`${http}/v1/traces`, {
      method: 'POST',
      ca: tls.cert,
      servername: 'localhost',
      headers: HEADERS,
    }).end(body(1))
    const [response] = await once(sent, 'response')
    expect(response.statusCode).toBe(200)
    response.resume()

    const client = new Client(new URL(grpc ?? '').host, credentials.createSsl(Buffer.from(tls.cert)), {
      'grpc.ssl_target_name_override': 'localhost',
    })
    const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
    const asBytes = (bytes: Buffer) => bytes
    await new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest(path, asBytes, asBytes, body(2), new Metadata(), (error) =>
        error ? reject(error) : resolve(),
      )
    })
    client.close()
    expect(told.spans().map(({ span }) => span.spanId)).toEqual([spanId(1), spanId(2)])
  })
})
