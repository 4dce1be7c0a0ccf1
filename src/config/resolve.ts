import { resolve } from 'node:path'
import { type Mistake, mistakesError } from '../contract/mistakes.ts'
import { Secret } from '../shared/secret.ts'
import { type DurationText, type Milliseconds, milliseconds, parseDuration } from '../shared/units.ts'
import { type Environment, isVariable, variableOf } from './environment.ts'
import { actsSchema, marksSchema } from './people.ts'
import { amqpUrl, managementUrl } from './rabbitmq-schema.ts'
import { rabbitmqOf } from './rabbitmq-settings.ts'
import { addressSchema, type ConfigFile, type Pace, parseAddress } from './schema.ts'
import { LOG_LEVELS, type OtlpSettings, type Settings, type StatusApiSettings } from './settings.ts'
import { pageOf, postgresOf, storageOf } from './witness-settings.ts'

/** What the command line says; absent: not said. */
export interface Flags {
  readonly logLevel?: string
  readonly speed?: string
  readonly color?: boolean
}

/** The configuration as it was loaded, and where from. */
export interface Loaded {
  /** Absolute. */
  readonly file: string
  /** Folder against which the file's relative paths are read. */
  readonly folder: string
  readonly config: ConfigFile
}

/** The reference order system's parts as the contract in `probes/` names them. */
const USUAL_PARTS: Settings['sandbox']['systems'] = {
  shop: 'shop',
  crm: 'crm',
  mes: 'mes',
  carrier: 'carrier',
  'shop-db': 'shop-db',
  'mes-db': 'mes-db',
}

const PACES: readonly Pace[] = ['fast', 'realistic']

const secretOf = (value: string | Secret): Secret => (value instanceof Secret ? value : new Secret(value))

const secretsOf = (values: Readonly<Record<string, string | Secret>> | undefined): Readonly<Record<string, Secret>> =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, secretOf(value)]))

const durationOf = (text: DurationText | undefined, otherwise: number): Milliseconds =>
  (text === undefined ? undefined : parseDuration(text)) ?? milliseconds(otherwise)

const otlpOf = (loaded: Loaded, environment: Environment): OtlpSettings | null => {
  const file = loaded.config.sources?.otlp ?? {}
  if (file === false) return null
  const sandbox = loaded.config.system === 'sandbox'
  const grpc = environment.otlpGrpc ?? file.grpc ?? (sandbox ? false : '127.0.0.1:4317')
  const token = environment.otlpToken ?? file.token
  return {
    http: parseAddress(environment.otlpHttp ?? file.http ?? (sandbox ? '127.0.0.1:0' : '127.0.0.1:4318')),
    grpc: grpc === false ? null : parseAddress(grpc),
    token: token === undefined ? null : secretOf(token),
    tls:
      file.tls === undefined
        ? null
        : { cert: resolve(loaded.folder, file.tls.cert), key: resolve(loaded.folder, file.tls.key) },
  }
}

/**
 * Absence is proven by an instance that would have told, so the questions must come about as often as the systems' exporters send: between two rarer ones
 * a lost export could hide. OpenTelemetry's own default is to export every 5 s; a configuration whose systems export more often says so here.
 */
const QUESTION_INTERVALS = { moving: 250, atRest: 3_000 } as const

const statusApiOf = ({ config }: Loaded): StatusApiSettings | null => {
  const file = config.sources?.statusApi
  if (file === undefined || file === false) return null
  const usual = QUESTION_INTERVALS
  const systems = Object.entries(file.systems).map(([system, spec]) => [
    system,
    {
      url: spec.url ?? config.targets?.[system] ?? null,
      path: spec.path,
      status: spec.status,
      history: spec.history ?? null,
      reference: spec.reference ?? null,
      content: spec.content ?? {},
      headers: secretsOf(spec.headers),
      notFound: spec.notFound ?? [404],
    },
  ])
  const clocks = Object.entries(file.clocks ?? {}).map(([system, path]) => [
    system,
    {
      url: file.systems[system]?.url ?? config.targets?.[system] ?? null,
      path,
      headers: secretsOf(file.systems[system]?.headers),
    },
  ])
  return {
    maxPerSecond: file.maxPerSecond ?? 20,
    moving: durationOf(file.moving, usual.moving),
    atRest: durationOf(file.atRest, usual.atRest),
    timeout: durationOf(file.timeout, 2_000),
    systems: Object.fromEntries(systems),
    clocks: Object.fromEntries(clocks),
  }
}

const oneOf = <T extends string>(
  value: string,
  allowed: readonly T[],
  path: string,
  mistakes: Mistake[],
): T | undefined => {
  const found = allowed.find((choice) => choice === value)
  if (found === undefined) mistakes.push({ path, expected: allowed.join(' or '), found: JSON.stringify(value) })
  return found
}

const environmentMistakes = (environment: Environment, sandbox: boolean): readonly Mistake[] => [
  ...(sandbox ? [] : brokerMistakes(environment)),
  ...(['otlpHttp', 'otlpGrpc'] as const).flatMap((key) => {
    const value = environment[key]
    if (value === undefined || addressSchema.safeParse(value).success) return []
    return [{ path: variableOf(key), expected: 'an address such as "127.0.0.1:4318"', found: JSON.stringify(value) }]
  }),
]

/** What was found is not shown: it may hold a password. */
const brokerMistakes = (environment: Environment): readonly Mistake[] =>
  (
    [
      ['amqpUrl', amqpUrl, 'an amqp or amqps URL'],
      ['amqpManagementUrl', managementUrl, 'an http or https URL'],
    ] as const
  ).flatMap(([key, schema, expected]) => {
    const value = environment[key]
    if (value === undefined || schema.safeParse(value).success) return []
    return [{ path: variableOf(key), expected, found: 'something else' }]
  })

const missingUrls = (loaded: Loaded, statusApi: StatusApiSettings | null): readonly Mistake[] =>
  loaded.config.system === 'sandbox'
    ? []
    : Object.entries({ ...statusApi?.clocks, ...statusApi?.systems })
        .filter(([, spec]) => spec.url === null)
        .map(([system]) => ({
          path: `sources.statusApi.${statusApi?.systems[system] === undefined ? 'clocks' : 'systems'}.${system}.url`,
          expected: `a URL here or in targets.${system}`,
          found: 'nothing',
        }))

/** Weighs flag over environment over file over default. Throws one `bad-configuration` error that names every mistake. */
export function resolveSettings(flags: Flags, environment: Environment, loaded: Loaded): Settings {
  const { config } = loaded
  const mistakes: Mistake[] = [...environmentMistakes(environment, config.system === 'sandbox')]
  const speedPath = flags.speed === undefined ? variableOf('speed') : '--speed'
  const speed = oneOf(flags.speed ?? environment.speed ?? config.sandbox?.speed ?? 'fast', PACES, speedPath, mistakes)
  const levelPath = flags.logLevel === undefined ? variableOf('logLevel') : '--log-level'
  const level = oneOf(
    flags.logLevel ?? environment.logLevel ?? config.log?.level ?? 'warn',
    LOG_LEVELS,
    levelPath,
    mistakes,
  )
  const statusApi = statusApiOf(loaded)
  mistakes.push(...missingUrls(loaded, statusApi))
  if (speed === undefined || level === undefined || mistakes.length > 0) {
    const elsewhere = mistakes.every(({ path }) => path.startsWith('--') || isVariable(path))
    throw mistakesError('bad-configuration', elsewhere ? 'flags and environment' : loaded.file, mistakes)
  }
  const databaseUrl = environment.databaseUrl ?? config.store?.databaseUrl
  // The sandbox sends its spans to us and nowhere else: ours would be orphans in any other backend.
  const exportTo = config.system === 'sandbox' ? undefined : (environment.exportTo ?? config.telemetry?.exportTo)
  return {
    file: loaded.file,
    system: config.system,
    targets: config.targets ?? {},
    otlp: otlpOf(loaded, environment),
    statusApi,
    rabbitmq: rabbitmqOf(config, loaded.folder, environment),
    postgres: postgresOf(config),
    storage: storageOf(config),
    page: pageOf(config),
    databaseUrl: databaseUrl === undefined ? null : secretOf(databaseUrl),
    probesFolder: resolve(loaded.folder, config.probes?.folder ?? '.'),
    speed,
    acts: actsSchema.parse(config.probes?.acts ?? {}),
    marks: marksSchema.parse(config.probes?.marks ?? {}),
    sandbox: { disguised: config.sandbox?.disguised ?? false, systems: { ...USUAL_PARTS, ...config.sandbox?.systems } },
    placeWithin: durationOf(config.deadlines?.place, 30_000),
    exportTo: exportTo === undefined ? null : { url: exportTo, headers: secretsOf(config.telemetry?.headers) },
    logLevel: level,
    color: flags.color ?? !environment.noColor,
  }
}
