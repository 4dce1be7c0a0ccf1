import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { failureCode, reportError } from '../src/cli/failure.ts'
import { createProgress } from '../src/cli/progress.ts'
import { catchSignals } from '../src/cli/signals.ts'
import { asWaybillError } from '../src/shared/errors.ts'
import { createReleaseStack } from '../src/shared/release.ts'
import type { Bench } from './bench.ts'
import type { Figure } from './figure.ts'
import { MEASUREMENTS } from './list.ts'
import { loadNow, readPlace } from './place.ts'
import { prepareBench, type Session, startSession } from './session.ts'
import { lineOf, pageOf, tableOf } from './write-up.ts'

interface Flags {
  readonly only: readonly string[]
  readonly orders: number
  readonly ticks: number
  readonly json?: boolean
  readonly write?: string
}

const STOP_LIMIT_MS = 30_000

const wholeNumber = (text: string): number => {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number from 1 to 9999.')
}

const program = new Command('npm run bench --')
  .description('Measures the figures of docs/figures.md, each beside a floor measured in the same run.')
  .addOption(
    new Option('--only <name...>', 'measure only these').choices(MEASUREMENTS.map(({ name }) => name)).default([]),
  )
  .option('--orders <count>', 'orders followed to their verdicts', wholeNumber, 20)
  .option('--ticks <count>', 'orders timed from tick to placed, by each way', wholeNumber, 10)
  .option('--json', 'one figure a line on standard output')
  .option('--write <file>', 'write the page of figures too')
  .option('--debug', 'stack traces with errors')
  .addHelpText('after', `\n${MEASUREMENTS.map(({ name, what }) => `  ${name.padEnd(10)}${what}`).join('\n')}`)
  .exitOverride()
  .showHelpAfterError(false)

async function measureAll(flags: Flags, signal: AbortSignal): Promise<readonly Figure[]> {
  const progress = createProgress(process.stderr, 'info')
  const held = createReleaseStack(STOP_LIMIT_MS)
  let session: Promise<Session> | undefined
  const open = async (): Promise<Session> => {
    const started = await startSession(await prepareBench('fast'), progress, signal)
    held.push('order system and monitor', () => started.app.stop())
    return started
  }
  const bench: Bench = {
    signal,
    progress,
    orders: flags.orders,
    ticks: flags.ticks,
    session: () => (session ??= open()),
  }
  const figures: Figure[] = []
  try {
    for (const { name, what, measure } of MEASUREMENTS) {
      if (flags.only.length > 0 && !flags.only.includes(name)) continue
      signal.throwIfAborted()
      progress.say(`${name}: ${what}`)
      const measured = await measure(bench)
      progress.clear()
      if (flags.json === true) process.stdout.write(measured.map(lineOf).join(''))
      figures.push(...measured)
    }
    return figures
  } finally {
    progress.clear()
    await held.drain()
  }
}

async function main(): Promise<number> {
  const stopping = catchSignals()
  const loadBefore = loadNow()
  try {
    const flags = program.parse().opts<Flags>()
    if (flags.write !== undefined && flags.only.length > 0) {
      program.error('error: --write wants all figures: leave out --only.')
    }
    const figures = await measureAll(flags, stopping.signal)
    if (flags.json !== true) process.stdout.write(tableOf(figures))
    if (flags.write !== undefined) await writeFile(resolve(flags.write), pageOf(figures, await readPlace(loadBefore)))
    return stopping.exitCode() ?? 0
  } catch (thrown) {
    const bySignal = stopping.exitCode()
    if (bySignal !== null) return bySignal
    // Commander has said it already.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    const error = asWaybillError(thrown)
    reportError(error, process.argv.includes('--debug'))
    return failureCode(error)
  }
}

process.exitCode = await main()
process.exit()
