import { afterAll, beforeAll, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import type { Check } from '../../src/app/doctor/check.ts'
import { examineApp } from '../../src/app/doctor/examine.ts'
import { type App, startApp } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import { jsonRequest, service, spanId, traceId } from '../evidence/otlp/encode.ts'

const { signal } = new AbortController()
let app: App

beforeAll(async () => {
  const config = {
    system: 'shop',
    sources: {
      otlp: { http: '127.0.0.1:0', grpc: false as const },
      postgres: false as const,
      storage: false as const,
      rabbitmq: false as const,
    },
  }
  const contract = jewelry('fast')
  const settings = resolveSettings({}, readEnvironment({}), { file: '/x/waybill.config.ts', folder: '/x', config })
  app = await startApp({ settings, contract, onProgress: () => {}, onTrouble: () => {}, signal, sample: true })
}, 60_000)
afterAll(() => app.stop())

const all = { 'order.status': 'INITIATED', 'enduser.id': 'c-1', component: 'x', 'event.name': 'e' }
const send = (system: string, n: number, attributes: Record<string, string>) =>
  fetch(`${app.otlp?.http}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: jsonRequest([
      service(system, [
        { traceId: traceId(n), spanId: spanId(n), name: 'POST', attributes: Object.entries(attributes) },
      ]),
    ]),
  })

it('says of each system what its spans of passing orders lack, placing nothing', { timeout: 60_000 }, async () => {
  await send('shop-api', 1, { 'order.id': 'o-1', ...all })
  await send('crm-api', 2, { 'order.id': 'o-1', ...all, 'enduser.id': '' })
  const { 'event.name': _, ...nameless } = all
  await send('mes-api', 3, { 'order.id': 'o-2', ...nameless })
  await send('carrier', 4, all)

  const said: string[] = []
  const checks = await examineApp(app, { signal, say: (sentence) => said.push(sentence), listenMs: 600 })
  const of = (what: string): Check | undefined => checks.find((check) => check.what === what)
  expect(said[0]).toMatch(/^Listening 0.6 s for spans of orders from shop, crm, mes, carrier/)
  expect(of('telemetry of shop')).toMatchObject({ state: 'good' })
  expect(of('telemetry of mes')).toEqual({
    what: 'telemetry of mes',
    state: 'bad',
    detail: 'event.name is missing on 1 of 1 spans ("POST")',
  })
  expect(of('telemetry of carrier')).toMatchObject({
    state: 'unknown',
    detail: expect.stringContaining('none of an order'),
  })
  expect(of('postgres')).toMatchObject({ state: 'unknown' })
})
