import type { KeySet } from '../../evidence/keys.ts'
import type { App } from '../start.ts'
import type { Check } from './check.ts'

/** No order has this id, so a healthy source says that it knows no such order. */
const NOBODYS_ORDER = '00000000-0000-4000-8000-000000000000'
const NONE: ReadonlySet<string> = new Set()
const NOBODY: KeySet = {
  order: new Set([NOBODYS_ORDER]),
  reference: NONE,
  trace: NONE,
  message: NONE,
  correlation: NONE,
  run: NONE,
}

const checkReceiver = ({ otlp }: App): Check =>
  otlp === null
    ? { what: 'OTLP', state: 'unknown', detail: 'switched off in the configuration' }
    : {
        what: 'OTLP',
        state: 'good',
        detail: `listens at ${otlp.http}${otlp.grpc === null ? '' : ` and ${otlp.grpc} (gRPC)`}`,
      }

/** Asks every source that can be asked about an order that nobody has. */
const askNobody = async ({ askers }: App, signal: AbortSignal): Promise<readonly Check[]> => {
  // A page is looked at only for an order that is on its way, and a look costs a whole browser.
  const asked = askers.filter(({ name }) => name !== 'page')
  const checks = await Promise.all(
    asked.flatMap((asker) =>
      asker.systems.map(async (system): Promise<Check> => {
        const what = `${asker.name} of ${system}`
        const answer = await asker.ask(system, NOBODY, signal)
        if (answer.outcome === 'unavailable') return { what, state: 'bad', detail: answer.why }
        if (answer.outcome === 'unsupported') return { what, state: 'unknown', detail: answer.why }
        return { what, state: 'good', detail: 'answers' }
      }),
    ),
  )
  // A source asked for two purposes about one system is one source.
  return [...new Map(checks.map((check) => [`${check.what} ${check.state}`, check])).values()]
}

/** Sources that tell by themselves, and those that are switched off. */
const checkHealth = (app: App, checked: readonly Check[]): readonly Check[] =>
  app
    .health()
    .filter(({ name }) => name !== 'otlp' && name !== 'probe' && !checked.some(({ what }) => what.startsWith(name)))
    .map(({ name, state, detail }): Check => {
      const states = { healthy: 'good', late: 'bad', down: 'bad', 'not-configured': 'unknown' } as const
      return { what: name, state: states[state], detail: detail ?? state }
    })

/** The monitor's own role in a watched database may read and nothing else. */
const checkRights = async ({ contract, postgres }: App): Promise<readonly Check[]> => {
  if (postgres === null) return []
  const databases = [...new Set(Object.values(contract.rows ?? {}).map(({ database }) => database))]
  return Promise.all(
    databases.map(async (database): Promise<Check> => {
      const what = `rights in ${database}`
      const rights = await postgres.rights(database)
      if (rights.state === 'unavailable') return { what, state: 'unknown', detail: rights.why }
      if (rights.superuser)
        return { what, state: 'bad', detail: `${rights.role} is a superuser; give Waybill a role that may only read` }
      if (rights.writable.length > 0) {
        const detail = `${rights.role} may write to ${rights.writable.join(', ')}; give Waybill a role that may only read`
        return { what, state: 'bad', detail }
      }
      return { what, state: 'good', detail: `${rights.role} may only read` }
    }),
  )
}

/** Whether every source can be reached, and whether any may do more than it needs. */
export async function checkSources(app: App, signal: AbortSignal): Promise<readonly Check[]> {
  const asked = await askNobody(app, signal)
  return [
    { what: 'store', state: 'good', detail: 'answers' },
    checkReceiver(app),
    ...asked,
    ...checkHealth(app, asked),
    ...(await checkRights(app)),
  ]
}
