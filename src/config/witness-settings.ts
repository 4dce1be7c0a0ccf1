import type { z } from 'zod'
import { Secret } from '../shared/secret.ts'
import { type DurationText, type Milliseconds, milliseconds, parseDuration } from '../shared/units.ts'
import type { ConfigFile } from './schema.ts'
import type { postgresSchema, storageSchema } from './witness-schema.ts'

/** How often a source is asked, and how long an answer may take. */
export interface QuestionSettings {
  readonly maxPerSecond: number
  /** Interval between two questions about an order that moves. */
  readonly moving: Milliseconds
  /** Longest interval between two questions about an order at rest. */
  readonly atRest: Milliseconds
  readonly timeout: Milliseconds
}

export interface PostgresSettings extends QuestionSettings {
  /** By the name of the database in the contract. */
  readonly databases: Readonly<Record<string, Secret>>
}

export interface StorageSettings extends QuestionSettings {
  readonly endpoint: string | null
  readonly region: string | null
  /** Null: the standard AWS places are asked. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: Secret } | null
  readonly pathStyle: boolean
}

export type PageSettings = QuestionSettings

type GivenPostgres = z.input<typeof postgresSchema>
type GivenStorage = z.input<typeof storageSchema>
type Usual = Readonly<Record<'maxPerSecond' | 'moving' | 'atRest' | 'timeout', number>>
type Given = { readonly maxPerSecond?: number } & {
  readonly [K in 'moving' | 'atRest' | 'timeout']?: DurationText
}

/** One SELECT for all orders; a second at the longest, for a question that takes longer is a burden. */
const ROWS: Usual = { maxPerSecond: 4, moving: 250, atRest: 3_000, timeout: 1_000 }
const FILES: Usual = { maxPerSecond: 10, moving: 500, atRest: 10_000, timeout: 5_000 }
/** A look loads a whole page. */
const PAGES: Usual = { maxPerSecond: 1, moving: 1_000, atRest: 10_000, timeout: 10_000 }

const durationOf = (text: DurationText | undefined, otherwise: number): Milliseconds =>
  (text === undefined ? undefined : parseDuration(text)) ?? milliseconds(otherwise)

const questionsOf = (given: Given, usual: Usual): QuestionSettings => ({
  maxPerSecond: given.maxPerSecond ?? usual.maxPerSecond,
  moving: durationOf(given.moving, usual.moving),
  atRest: durationOf(given.atRest, usual.atRest),
  timeout: durationOf(given.timeout, usual.timeout),
})

const secretOf = (value: string | Secret): Secret => (value instanceof Secret ? value : new Secret(value))

/** The sandbox tells where its parts are, so that they are asked unless the configuration says no. */
const unlessOff = <T extends object>(
  config: ConfigFile,
  given: T | false | undefined,
): T | Record<never, never> | null => {
  if (given === false) return null
  return given ?? (config.system === 'sandbox' ? {} : null)
}

/** How the rows of orders are read; null where they are not. */
export function postgresOf(config: ConfigFile): PostgresSettings | null {
  const given: GivenPostgres | null = unlessOff(config, config.sources?.postgres)
  if (given === null) return null
  const databases = Object.entries(given.databases ?? {}).map(([name, { url }]) => [name, secretOf(url)])
  return { ...questionsOf(given, ROWS), databases: Object.fromEntries(databases) }
}

/** How the files of orders are looked for; null where they are not. */
export function storageOf(config: ConfigFile): StorageSettings | null {
  const given: GivenStorage | null = unlessOff(config, config.sources?.storage)
  if (given === null) return null
  const { endpoint = null, region = null, accessKeyId, secretAccessKey } = given
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined
      ? null
      : { accessKeyId, secretAccessKey: secretOf(secretAccessKey) }
  // Servers other than Amazon's are mostly found under one name, whatever the bucket.
  return {
    ...questionsOf(given, FILES),
    endpoint,
    region,
    credentials,
    pathStyle: given.pathStyle ?? endpoint !== null,
  }
}

/** How pages are looked at; null where they are not: a browser is started only where it is asked for. */
export function pageOf({ sources }: ConfigFile): PageSettings | null {
  const given = sources?.page
  if (given === undefined || given === false) return null
  return questionsOf(given === true ? {} : given, PAGES)
}
