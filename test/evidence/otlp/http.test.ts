import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OtlpOptions, OtlpReceiver } from '../../../src/evidence/otlp/receiver.ts'
import { bytesField, jsonRequest, protobufRequest, service, spanBytes, spanId, traceId, varint } from './encode.ts'
import { createTold, startReceiver, type Told } from './receiving.ts'

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const JSON_TYPE = { 'content-type': 'application/json' }
const GOOD = [service('crm-api', [{ traceId: traceId(1), spanId: spanId(1) }])]

let told: Told
let receiver: OtlpReceiver
let sockets: Socket[] = []

const start = async (options: Partial<OtlpOptions> = {}) => {
  receiver = await startReceiver(told, { grpc: null, ...options })
  receiver.claim([{ kind: 'trace', value: traceId(1) }])
}
const post = (headers: Record<string, string>, body: Buffer, path = '/v1/traces') =>
  fetch(`${receiver.addresses().http}${path}`, { method: 'POST', headers, body: Uint8Array.from(body) })

/** A bare connection on which a test writes what it likes. */
async function open(): Promise<Socket> {
  const { hostname, port } = new URL(receiver.addresses().http)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

const head = (more: string) =>
  `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n${more}\r\n\r\n`

beforeEach(() => {
  told = createTold()
  sockets = []
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await receiver.stop()
})

/** Protobuf `{1: {1: {… }}}`, so deep that a reader that recurses overflows. */
function deepProtobuf(depth: number): Buffer {
  let value: Buffer = bytesField(1, Buffer.from('bottom'))
  for (let level = 0; level < depth; level++) value = bytesField(5, bytesField(1, value))
  const span = { traceId: traceId(1), spanId: spanId(1) }
  const attribute = bytesField(9, Buffer.concat([bytesField(1, Buffer.from('order.id')), bytesField(2, value)]))
  const spans = bytesField(2, Buffer.concat([spanBytes(span), attribute]))
  return bytesField(1, bytesField(2, spans))
}

/** Every outer length is right, only the name of the last attribute claims more bytes than there are. */
function lyingAttribute(): Buffer {
  const span = spanBytes({ traceId: traceId(1), spanId: spanId(1) })
  const spans = bytesField(2, Buffer.concat([span, bytesField(9, Buffer.from([0x0a, 'order.id'.length, 0x6f]))]))
  return bytesField(1, bytesField(2, spans))
}

function deepJson(depth: number): Buffer {
  const value = `${'{"arrayValue":{"values":['.repeat(depth)}${']}}'.repeat(depth)}`
  const span = `{"traceId":"${traceId(1)}","spanId":"${spanId(1)}","endTimeUnixNano":"1","attributes":[{"key":"order.id","value":${value}}]}`
  return Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`)
}

/** A code, then a text that fills the rest. */
const isProtobufStatus = (bytes: Buffer): boolean =>
  bytes[0] === 0x08 && bytes[2] === 0x12 && bytes[3] === bytes.length - 4

function isJsonStatus(text: Buffer): boolean {
  const { code, message } = JSON.parse(text.toString())
  return typeof code === 'number' && typeof message === 'string'
}

describe('a good request over HTTP', () => {
  it.each([
    ['protobuf', PROTOBUF, protobufRequest(GOOD), ''],
    ['protobuf with gzip', { ...PROTOBUF, 'content-encoding': 'gzip' }, gzipSync(protobufRequest(GOOD)), ''],
    ['json', JSON_TYPE, jsonRequest(GOOD), '{}'],
    ['json with a charset', { 'content-type': 'application/json; charset=utf-8' }, jsonRequest(GOOD), '{}'],
    [
      'json with upper-case ids and unknown fields',
      JSON_TYPE,
      Buffer.from(jsonRequest(GOOD).toString().replace('"scopeSpans"', '"news":{"a":[1]},"scopeSpans"')),
      '{}',
    ],
    [
      'protobuf with unknown fields',
      PROTOBUF,
      Buffer.concat([
        bytesField(99, Buffer.from('news')),
        protobufRequest(GOOD),
        varint(98n * 8n),
        varint(2n ** 64n - 1n),
      ]),
      '',
    ],
    ['protobuf nested ten thousand deep', PROTOBUF, deepProtobuf(10_000), ''],
    ['json nested ten thousand deep', JSON_TYPE, deepJson(10_000), '{}'],
  ])('is taken and answered in its own form: %s', async (_, headers, body, answer) => {
    await start()
    const response = await post(headers, body)
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      headers['content-type'].split(';')[0],
      answer,
    ])
    expect(told.spans().map(({ span }) => span.spanId)).toEqual([spanId(1)])
  })

  it('with some spans malformed takes the rest and says how many it refused', async () => {
    await start()
    const spans = [
      { traceId: traceId(1), spanId: spanId(1) },
      { traceId: '00ff', spanId: spanId(2) },
      { traceId: traceId(1), spanId: spanId(0) },
    ]
    const json = await post(JSON_TYPE, jsonRequest([service('crm-api', spans)]))
    expect([json.status, await json.json()]).toEqual([
      200,
      { partialSuccess: { rejectedSpans: '2', errorMessage: 'A span has no valid trace id.' } },
    ])
    const protobuf = await post(PROTOBUF, protobufRequest([service('crm-api', spans)]))
    const why = Buffer.from('A span has no valid trace id.')
    const partial = Buffer.concat([Buffer.from([0x08, 2, 0x12, why.length]), why])
    expect([protobuf.status, Buffer.from(await protobuf.arrayBuffer())]).toEqual([200, bytesField(1, partial)])
    expect(told.spans()).toHaveLength(1)
    expect(receiver.health()).toMatchObject({ state: 'healthy', dropped: 4, detail: '4 malformed spans refused.' })
  })

  it.each(['/v1/logs', '/v1/metrics'])('for %s is answered and tells nothing of spans', async (path) => {
    await start()
    const response = await post(JSON_TYPE, Buffer.from('{"resourceLogs":[]}'), path)
    expect([response.status, await response.text()]).toEqual([200, '{}'])
    expect(told.coverages).toEqual([])
  })
})

describe('a request over HTTP that cannot be taken', () => {
  const good = protobufRequest(GOOD)
  const zeros = gzipSync(Buffer.alloc(3_000_000))
  const json = (text: string) => Buffer.from(text)
  it.each<[string, number, Record<string, string>, Buffer]>([
    ['no content type it knows', 415, { 'content-type': 'text/plain' }, good],
    ['an encoding it does not know', 415, { ...PROTOBUF, 'content-encoding': 'deflate' }, good],
    ['more bytes than the limit', 413, PROTOBUF, Buffer.alloc(1_000_001)],
    ['few bytes that inflate past the limit', 413, { ...PROTOBUF, 'content-encoding': 'gzip' }, zeros],
    ['no gzip in spite of its header', 400, { ...PROTOBUF, 'content-encoding': 'gzip' }, good],
    ['gzip cut off', 400, { ...PROTOBUF, 'content-encoding': 'gzip' }, gzipSync(good).subarray(0, -12)],
    ['protobuf cut off', 400, PROTOBUF, good.subarray(0, -1)],
    ['protobuf with a length past its end', 400, PROTOBUF, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['protobuf with an endless varint', 400, PROTOBUF, Buffer.concat([Buffer.from([0x10]), Buffer.alloc(11, 0xff)])],
    ['protobuf with groups', 400, PROTOBUF, Buffer.alloc(1000, 0x0b)],
    ['protobuf with field number 0', 400, PROTOBUF, Buffer.from([0x02, 0x00])],
    ['protobuf with an attribute name past its end', 400, PROTOBUF, lyingAttribute()],
    ['text that calls itself protobuf', 400, PROTOBUF, json('{"resourceSpans":[]}')],
    ['an empty body that calls itself json', 400, JSON_TYPE, Buffer.alloc(0)],
    ['json cut off', 400, JSON_TYPE, jsonRequest(GOOD).subarray(0, -1)],
    ['json that is no object', 400, JSON_TYPE, json('[1]')],
    [
      'json with spans that are no list',
      400,
      JSON_TYPE,
      json('{"resourceSpans":[{"scopeSpans":[{"spans":{"length":1e9}}]}]}'),
    ],
    ['json with resourceSpans of numbers', 400, JSON_TYPE, json('{"resourceSpans":[1]}')],
  ])(
    'has %s: %i with a status in the form of the request, and nothing of it is told',
    async (_, code, headers, body) => {
      await start({ maxBodyBytes: 1_000_000 })
      const response = await post(headers, body)
      const isProtobuf = headers['content-type'] === PROTOBUF['content-type']
      expect([response.status, response.headers.get('content-type')]).toEqual([
        code,
        isProtobuf ? PROTOBUF['content-type'] : JSON_TYPE['content-type'],
      ])
      const answer = Buffer.from(await response.arrayBuffer())
      expect(isProtobuf ? isProtobufStatus(answer) : isJsonStatus(answer)).toBe(true)
      expect([told.facts, told.coverages]).toEqual([[], []])
      expect((await post(PROTOBUF, good)).status).toBe(200)
    },
  )

  it('comes by another method or to another path', async () => {
    await start()
    const get = await fetch(`${receiver.addresses().http}/v1/traces`)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await post(PROTOBUF, good, '/v1/spans')).status).toBe(404)
  })

  it('is larger than the limit without saying so: 413 as soon as the limit is passed', async () => {
    await start({ maxBodyBytes: 1_000_000 })
    const request = httpRequest(`${receiver.addresses().http}/v1/traces`, { method: 'POST', headers: PROTOBUF })
    request.on('error', () => undefined)
    for (let sent = 0; sent < 11; sent++) request.write(Buffer.alloc(100_000))
    const [response] = await once(request, 'response')
    expect(response.statusCode).toBe(413)
    request.destroy()
  })

  it('comes while too much is being read already: 503 with Retry-After, and room again afterwards', async () => {
    await start({ maxBodyBytes: 1_000_000 })
    const answers: string[] = []
    const refused = new Promise<void>((resolve) => {
      const send = async () => {
        const socket = await open()
        socket.on('data', (chunk) => {
          answers.push(chunk.toString('latin1'))
          resolve()
        })
        socket.write(head('Content-Length: 1000000'))
        socket.write(Buffer.alloc(999_000))
      }
      for (let count = 0; count < 6; count++) void send()
    })
    await refused
    expect(answers[0]).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n/i)
    await Promise.all(sockets.map((socket) => once(socket.destroy(), 'close')))
    await expect.poll(async () => (await post(PROTOBUF, good)).status).toBe(200)
  })

  it('is broken off by its sender: nothing is told and the next one is taken', async () => {
    await start()
    const socket = await open()
    socket.write(head('Content-Length: 1000'))
    socket.write(good.subarray(0, 10))
    await once(socket.destroy(), 'close')
    expect((await post(PROTOBUF, good)).status).toBe(200)
    expect(told.spans()).toHaveLength(1)
  })

  it.each([
    ['its headers', 'POST /v1/traces HTTP/1.1\r\nHost'],
    ['its body', head('Content-Length: 1000')],
  ])('never ends %s: the connection is cut after the limit', async (_, text) => {
    await start({ times: { headersMs: 100, requestMs: 200, keepAliveMs: 1000 } })
    const socket = await open()
    socket.resume()
    socket.write(text)
    await once(socket, 'close')
  })

  it('comes on one connection too many', async () => {
    await start({ maxConnections: 2 })
    const first = await open()
    await open()
    const third = await open()
    third.resume()
    await once(third, 'close')
    expect(first.destroyed).toBe(false)
  })
})
