import { parseArgs } from 'node:util'
import { WaybillError } from '../../shared/errors.ts'
import { FAULTS, type FaultName, findFault } from '../faults/catalogue.ts'
import type { Speed } from '../service/settings.ts'

/** What the sandbox was asked for on its command line. */
export interface SandboxOptions {
  readonly speed: Speed
  /** Where spans go (OTLP); undefined: wherever the standard variables say, else nowhere. */
  readonly otlpUrl: string | undefined
  /** Switched on from the start, for all orders. */
  readonly faults: readonly FaultName[]
}

const badUsage = (message: string, expected: string, actual: string) =>
  new WaybillError({ code: 'bad-usage', message, expected, actual, hint: 'Run again with a corrected command line.' })

/** Reads `--speed`, `--otlp` and `--fault` (repeatable). */
export function readOptions(args: readonly string[]): SandboxOptions {
  const { values } = parseOrExplain(args)
  const speed = values.speed ?? 'fast'
  if (speed !== 'fast' && speed !== 'realistic') throw badUsage('--speed is wrong.', 'fast or realistic', speed)
  if (values.otlp !== undefined && !URL.canParse(values.otlp))
    throw badUsage('--otlp is no URL.', 'http://host:port', values.otlp)
  const faults = (values.fault ?? []).map((name) => {
    const fault = findFault(name)
    if (fault === undefined) throw badUsage('There is no such fault.', FAULTS.map((each) => each.name).join(', '), name)
    return fault.name
  })
  return { speed, otlpUrl: values.otlp, faults }
}

function parseOrExplain(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        speed: { type: 'string' },
        otlp: { type: 'string' },
        fault: { type: 'string', multiple: true },
      },
    })
  } catch (error) {
    throw new WaybillError({
      code: 'bad-usage',
      message: error instanceof Error ? error.message : String(error),
      hint: 'Known flags: --speed fast|realistic, --otlp URL, --fault NAME.',
      cause: error,
    })
  }
}
