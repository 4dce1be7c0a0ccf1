import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeRecord } from '../../src/evidence/codec.ts'
import type { Fact, FactKind } from '../../src/evidence/fact.ts'
import {
  factsRequestSchema,
  type OrderRequest,
  orderRequestSchema,
  type ProbeSettings,
  type ProbeSettingsInput,
  probeSettingsSchema,
  type StageAnswer,
  type VerdictAnswer,
} from '../../src/probe/control-protocol.ts'

const TOKEN = 'test-token'
const STAGES = [
  'INITIATED',
  'FILE_UPLOADED',
  'SUBMITTED',
  'PRICE_CALCULATED',
  'MANUFACTURING_APPROVED',
  'MANUFACTURING_STARTED',
  'MANUFACTURING_COMPLETED',
  'PACKAGING',
  'SHIPPED',
  'CLOSED',
]

export interface SeenRequest {
  readonly system: string
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly bytes: number
  /** Of the body. */
  readonly sha256: string
}

/** What the tiny order system answers; nothing means the system's usual answer. `hang` never answers. */
export type Answer =
  | { readonly status: number; readonly body: unknown; readonly type?: string }
  | 'hang'
  | 'cut'
  | undefined

export interface StandOptions {
  readonly answer?: (request: SeenRequest, text: string) => Answer
  readonly stage?: (stage: string, system: string | null) => StageAnswer
  readonly verdict?: () => VerdictAnswer
  readonly settings?: Partial<ProbeSettingsInput>
}

/** A tiny order system and the monitor's side of the control channel, on real sockets. */
export interface Stand {
  readonly settings: ProbeSettings
  /** An origin that is none of the order system's. */
  readonly foreign: string
  readonly seen: readonly SeenRequest[]
  readonly asked: readonly { readonly stage: string; readonly in: string | null }[]
  readonly entered: readonly OrderRequest[]
  facts<K extends FactKind>(kind: K): Extract<Fact, { kind: K }>[]
  /** True once the bytes of the id arrived in an export request. */
  exported(hexId: string): boolean
  close(): Promise<void>
}

const SYSTEMS = ['shop', 'crm', 'mes', 'carrier', 'foreign'] as const

export async function createStand(options: StandOptions = {}): Promise<Stand> {
  const seen: SeenRequest[] = []
  const asked: { stage: string; in: string | null }[] = []
  const entered: OrderRequest[] = []
  const facts: Fact[] = []
  const exports: Buffer[] = []
  const servers: Server[] = []

  const open = async (handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
    const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  const urls: Record<string, string> = {}
  for (const system of SYSTEMS) {
    urls[system] = await open(async (request, response) => {
      const { text, ...body } = await read(request)
      const path = new URL(request.url ?? '/', 'http://x').pathname
      const told = { system, method: request.method ?? '', path, headers: request.headers, ...body }
      seen.push(told)
      const answer = options.answer?.(told, text) ?? usual(told)
      if (answer === 'hang') return
      if (answer === 'cut') return void response.destroy()
      const type = answer.type ?? 'application/json'
      response.writeHead(answer.status, { 'content-type': type, 'access-control-allow-origin': '*' })
      response.end(type === 'application/json' ? JSON.stringify(answer.body) : String(answer.body))
    })
  }

  const control = await open(async (request, response) => {
    const body = await readBytes(request)
    const url = new URL(request.url ?? '/', 'http://x')
    const send = (status: number, value?: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(value === undefined ? '' : JSON.stringify(value))
    }
    if (url.pathname === '/v1/traces') {
      exports.push(body)
      return send(200, {})
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return send(401, { error: 'no token' })
    if (url.pathname === '/orders') {
      const asking = orderRequestSchema.parse(JSON.parse(body.toString()))
      const key = `SYN-test-${entered.length + 1}`
      entered.push(asking)
      return send(201, { key, externalReference: key, run: 'run-1', until: asking.until, stages: STAGES })
    }
    if (url.pathname === '/facts') {
      for (const line of factsRequestSchema.parse(JSON.parse(body.toString())).records) {
        const read = decodeRecord(line)
        if (read.type === 'fact') facts.push(read.record)
      }
      return send(204)
    }
    const stage = /^\/orders\/[^/]+\/stages\/([^/]+)$/.exec(url.pathname)?.[1]
    if (stage !== undefined) {
      asked.push({ stage, in: url.searchParams.get('in') })
      return send(200, options.stage?.(stage, url.searchParams.get('in')) ?? { state: 'reached', reason: null })
    }
    return send(200, options.verdict?.() ?? { state: 'final', verdict: 'passed', reason: 'All is well.' })
  })

  const { foreign = '', ...targets } = urls
  return {
    foreign,
    settings: probeSettingsSchema.parse({
      control: { url: control, token: TOKEN },
      run: 'run-1',
      targets,
      otlp: { url: `${control}/v1/traces` },
      browser: null,
      ...options.settings,
    }),
    seen,
    asked,
    entered,
    facts: <K extends FactKind>(kind: K) =>
      facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind),
    exported: (hexId) => exports.some((body) => body.includes(Buffer.from(hexId, 'hex'))),
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      }
    },
  }
}

function usual({ system, method, path }: SeenRequest): Exclude<Answer, undefined> {
  if (method === 'POST' && (path === '/api/orders' || path === '/partner/orders')) {
    return { status: 201, body: { orderId: `${system}-77`, status: 'INITIATED' } }
  }
  return { status: 200, body: { orderId: `${system}-77` } }
}

async function read(request: IncomingMessage): Promise<{ text: string; bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  let text = ''
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    hash.update(chunk)
    if (text.length < 65_536) text += chunk.toString('latin1')
  }
  return { text, bytes, sha256: hash.digest('hex') }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
