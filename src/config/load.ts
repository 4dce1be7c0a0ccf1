import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Contract } from '../contract/contract.ts'
import { mistakesError, mistakesIn } from '../contract/mistakes.ts'
import { parseContract } from '../contract/parse.ts'
import { type ErrorCode, WaybillError } from '../shared/errors.ts'
import type { Loaded } from './resolve.ts'
import { configSchema, type Pace } from './schema.ts'

// Node puts the place of a syntax error in the first line of the stack: `file:///…/waybill.config.ts:7`.
const PLACE = /^file:\/\/(\S+?):(\d+)$/m

const importDefault = async (file: string, code: ErrorCode, what: string, flag: string): Promise<unknown> => {
  if (!existsSync(file)) {
    throw new WaybillError({
      code,
      place: file,
      message: `There is no ${what} here.`,
      hint: `Name another with ${flag} FILE.`,
    })
  }
  let loaded: unknown
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (cause) {
    if (cause instanceof WaybillError) throw cause
    const [, path, line] = (cause instanceof Error ? PLACE.exec(cause.stack ?? '') : null) ?? []
    const message = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new WaybillError({
      code,
      place: path === undefined ? file : `${path}:${line}`,
      message: `The ${what} cannot be loaded: ${message}.`,
      hint: 'Correct the file and run again.',
      cause,
    })
  }
  const value: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'default') : undefined
  if (value === undefined) {
    throw new WaybillError({
      code,
      place: file,
      message: `The ${what} exports nothing.`,
      expected: 'a default export',
      actual: 'none',
    })
  }
  return value
}

/** Reads and checks a configuration file. Throws `bad-configuration`, naming every mistake. */
export async function loadConfig(path: string): Promise<Loaded> {
  const file = resolve(path)
  const value = await importDefault(file, 'bad-configuration', 'configuration', '--config')
  const parsed = configSchema.safeParse(value)
  if (!parsed.success) throw mistakesError('bad-configuration', file, mistakesIn(parsed.error.issues, value))
  return { file, folder: dirname(file), config: parsed.data }
}

const isMaker = (value: unknown): value is (pace: Pace) => unknown => typeof value === 'function'

/**
 * The contract that flag, environment or configuration names, checked. A contract may be a function of the pace at which
 * the watched system lives, so that one text serves the fast and the realistic reference system.
 */
export async function loadContract(loaded: Loaded, override: string | undefined, pace: Pace): Promise<Contract> {
  const named = override ?? loaded.config.contract
  if (named === undefined) {
    throw new WaybillError({
      code: 'bad-configuration',
      place: loaded.file,
      message: 'No contract is named.',
      hint: 'Set contract in the configuration, or give --contract FILE.',
    })
  }
  const file = typeof named === 'string' ? resolve(override === undefined ? loaded.folder : '.', named) : loaded.file
  const value: unknown =
    typeof named === 'string' ? await importDefault(file, 'bad-contract', 'contract', '--contract') : named
  return parseContract(isMaker(value) ? value(pace) : value, file)
}
