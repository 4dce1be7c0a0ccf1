import { z } from 'zod'
import type { Contract } from '../contract/contract.ts'
import { durationSchema } from '../contract/schema.ts'
import { Secret } from '../shared/secret.ts'
import { actsSchema, marksSchema } from './people.ts'
import { rabbitmqSchema } from './rabbitmq-schema.ts'
import { pageSchema, postgresSchema, storageSchema } from './witness-schema.ts'

const optional = z.exactOptional
const text = z.string().min(1)
const secret = z.union([z.instanceof(Secret), text], 'a text or a Secret')

const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):(\d{1,5})$/

/** `host:port`; port 0 takes any free one. */
export const addressSchema = z.string().refine((value) => {
  const port = ADDRESS.exec(value)?.[2]
  return port !== undefined && Number(port) <= 65_535
}, 'an address such as "127.0.0.1:4318"')

const url = z.string().refine((value) => {
  const protocol = URL.canParse(value) ? new URL(value).protocol : ''
  return protocol === 'http:' || protocol === 'https:'
}, 'an http or https URL')

const otlp = z.strictObject({
  http: optional(addressSchema),
  grpc: optional(z.union([addressSchema, z.literal(false)], 'an address such as "127.0.0.1:4317", or false')),
  token: optional(secret),
  tls: optional(z.strictObject({ cert: text, key: text })),
})

const statusSystem = z.strictObject({
  url: optional(url),
  path: z
    .string()
    .startsWith('/', 'a path such as "/api/orders/{order}"')
    .includes('{order}', 'a path that holds {order}'),
  status: text,
  history: optional(text),
  reference: optional(text),
  content: optional(z.record(text, text)),
  headers: optional(z.record(text, secret)),
  notFound: optional(z.array(z.int().min(400).max(599))),
})

const statusApi = z.strictObject({
  maxPerSecond: optional(z.number().positive()),
  moving: optional(durationSchema),
  atRest: optional(durationSchema),
  timeout: optional(durationSchema),
  systems: z.record(text, statusSystem),
  clocks: optional(z.record(text, z.string().startsWith('/', 'a path such as "/ping"'))),
})

// What the contract says is checked by parseContract, with the contract's own place in the message.
const contract = z.custom<string | Contract | ((pace: Pace) => Contract)>(
  (value) =>
    (typeof value === 'string' && value !== '') ||
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null),
  'a contract, or the file that holds it',
)

/** How fast the reference order system lives: fractions of a second, or minutes as in life. */
export type Pace = 'fast' | 'realistic'

/** The parts of the reference order system that a contract has names for. */
const SANDBOX_PARTS = ['shop', 'crm', 'mes', 'carrier', 'shop-db', 'mes-db'] as const
export type SandboxPart = (typeof SANDBOX_PARTS)[number]

/** The configuration file, as a user writes it. */
export const configSchema = z.strictObject({
  system: text,
  contract: optional(contract),
  targets: optional(z.record(text, url)),
  sources: optional(
    z.strictObject({
      otlp: optional(z.union([otlp, z.literal(false)])),
      statusApi: optional(z.union([statusApi, z.literal(false)])),
      rabbitmq: optional(z.union([rabbitmqSchema, z.literal(false)])),
      postgres: optional(z.union([postgresSchema, z.literal(false)])),
      storage: optional(z.union([storageSchema, z.literal(false)])),
      page: optional(z.union([pageSchema, z.boolean()])),
    }),
  ),
  store: optional(z.strictObject({ databaseUrl: optional(secret) })),
  probes: optional(z.strictObject({ folder: text, acts: optional(actsSchema), marks: optional(marksSchema) })),
  sandbox: optional(
    z.strictObject({
      speed: optional(z.enum(['fast', 'realistic'])),
      disguised: optional(z.boolean()),
      systems: optional(z.partialRecord(z.enum(SANDBOX_PARTS), text)),
    }),
  ),
  deadlines: optional(z.strictObject({ place: optional(durationSchema) })),
  telemetry: optional(z.strictObject({ exportTo: url, headers: optional(z.record(text, secret)) })),
  log: optional(z.strictObject({ level: optional(z.enum(['error', 'warn', 'info', 'debug'])) })),
})

/** What `config({…})` takes. */
export type ConfigFile = z.input<typeof configSchema>

/** The parts of `host:port`. */
export function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = '0'] = ADDRESS.exec(address) ?? []
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
