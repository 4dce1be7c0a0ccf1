import type { Sandbox } from '../../src/app/sandbox-process.ts'
import { type App, startApp } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { loadConfig, loadContract } from '../../src/config/load.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import type { Settings, StatusApiSettings } from '../../src/config/settings.ts'
import type { VerdictDocument } from '../../src/report/verdict-schema.ts'
import { milliseconds } from '../../src/shared/units.ts'
import { playCustomer } from './play-customer.ts'
import type { SpanRelay } from './span-relay.ts'
import { openWay, type TroubledWay } from './troubled-way.ts'

/** What a monitor rests on and reaches by a way of its own. */
export type Witness = 'spans' | 'status' | 'postgres' | 'storage' | 'management' | 'amqp'

/** A whole monitor of a sandbox that others watch too; all it hears comes by ways that can be troubled. */
export interface Monitor {
  readonly app: App
  readonly ways: Readonly<Record<Witness, readonly TroubledWay[]>>
  /** Plays one order and follows it; `beforeAct` is called before each act with the stage it takes the order on from. */
  play(fault: string | null, beforeAct: (stage: string) => Promise<void>): Promise<VerdictDocument>
  stop(): Promise<void>
}

const never = new AbortController().signal

const wayTo = (url: string): Promise<TroubledWay> => {
  const { hostname, port } = new URL(url)
  return openWay(hostname, Number(port))
}

const by = (url: string, { port }: TroubledWay): string => {
  const moved = new URL(url)
  moved.host = `127.0.0.1:${port}`
  return moved.href.replace(/\/$/, url.endsWith('/') ? '/' : '')
}

/** Several monitors ask one order system: each a little less often. */
const GENTLE = { maxPerSecond: 10, moving: milliseconds(250), atRest: milliseconds(400) } as const

const throughWays = (api: StatusApiSettings, urls: Readonly<Record<string, string>>): StatusApiSettings => {
  const moved = <T extends { readonly url: string | null }>(routes: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(routes).map(([name, route]) => [name, { ...route, url: urls[name] ?? null }]))
  return { ...api, ...GENTLE, systems: moved(api.systems), clocks: moved(api.clocks) }
}

export async function startMonitor(sandbox: Sandbox, relay: SpanRelay): Promise<Monitor> {
  const { ready } = sandbox
  const { shop, crm, mes, carrier } = ready
  const [toShop, toCrm, toMes] = await Promise.all([shop, crm, mes].map(wayTo))
  const [postgres, storage, amqp] = await Promise.all([ready.shopDb, ready.s3.endpoint, ready.amqp].map(wayTo))
  if (!toShop || !toCrm || !toMes || !postgres || !storage || !amqp) throw new Error('A way is missing.')
  const management = await wayTo(ready.amqpManagement ?? '')
  const spans: TroubledWay[] = []

  const loaded = await loadConfig('probes/waybill.config.ts')
  const given = resolveSettings({}, readEnvironment({}), loaded)
  if (given.statusApi === null) throw new Error('The configuration asks no status API.')
  const settings: Settings = {
    ...given,
    statusApi: throughWays(given.statusApi, {
      shop: by(shop, toShop),
      crm: by(crm, toCrm),
      mes: by(mes, toMes),
      carrier,
    }),
  }
  const seen: Sandbox = {
    ...sandbox,
    stop: () => Promise.resolve(),
    ready: {
      ...ready,
      amqp: by(ready.amqp, amqp),
      amqpManagement: by(ready.amqpManagement ?? '', management),
      shopDb: by(ready.shopDb, postgres),
      mesDb: by(ready.mesDb, postgres),
      s3: { ...ready.s3, endpoint: by(ready.s3.endpoint, storage) },
    },
  }
  const app = await startApp({
    settings,
    contract: await loadContract(loaded, undefined, 'fast'),
    onProgress: () => {},
    onTrouble: () => {},
    signal: never,
    bringUp: async ({ otlp }) => {
      if (otlp === null) throw new Error('The configuration receives no spans.')
      const way = await wayTo(otlp.url)
      spans.push(way)
      relay.add(by(otlp.url, way))
      return seen
    },
  })
  const ways = {
    spans,
    status: [toShop, toCrm, toMes],
    postgres: [postgres],
    storage: [storage],
    management: [management],
    amqp: [amqp],
  }
  return {
    app,
    ways,
    play: (fault, beforeAct) => playCustomer(app, sandbox, fault, beforeAct),
    stop: async () => {
      await app.stop()
      await Promise.all(Object.values(ways).flatMap((all) => all.map((way) => way.stop())))
    },
  }
}
