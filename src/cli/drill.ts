import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { REMOVABLE, type Removable } from '../drill/witnesses.ts'
import { pageWith, titleOf } from '../report/drill-page.ts'
import { drillTable } from '../report/drill-table.ts'
import { WaybillError } from '../shared/errors.ts'
import type { CliCommand, CommandContext } from './command.ts'
import { EXIT } from './failure.ts'
import { type CommonFlags, refuseReports, withCommonFlags } from './flags.ts'
import { prepare } from './prepare.ts'
import { createProgress } from './progress.ts'
import { styleFor } from './results.ts'

interface DrillFlags extends CommonFlags {
  readonly healthy?: number
  readonly random?: number
  readonly seed: number
  readonly without?: Removable
  readonly atOnce: number
  readonly cells: number
  readonly write?: string
  readonly disguise?: boolean
}

const FOLDER = join('.waybill', 'drill')
/** The configuration of the order system under other names. */
const DISGUISED = fileURLToPath(new URL('../drill/disguise/waybill.config.ts', import.meta.url))

const wholeNumber =
  (most: number) =>
  (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`Expected a whole number up to ${most}.`)
  }

/** The flags that decide what is played, as one types them. */
const spelled = ({ healthy, random, seed, without, disguise }: DrillFlags): readonly string[] => [
  ...(healthy === undefined ? [] : [`--healthy ${healthy}`]),
  ...(random === undefined ? [] : [`--random ${random}`]),
  ...(healthy === undefined && random === undefined ? [] : [`--seed ${seed}`]),
  ...(without === undefined ? [] : [`--without ${without}`]),
  ...(disguise === true ? ['--disguise'] : []),
]

const play = async (names: readonly string[], flags: DrillFlags, context: CommandContext): Promise<void> => {
  refuseReports('drill', flags)
  if (flags.write !== undefined && names.length > 0)
    throw new WaybillError({
      code: 'bad-usage',
      place: '--write',
      message: 'The page shows whole drills only.',
      hint: 'Leave out the names of faults.',
    })
  const { settings, contract } = await prepare(flags.disguise === true ? { ...flags, config: DISGUISED } : flags)
  const progress = createProgress(process.stderr, flags.logLevel === undefined ? 'info' : settings.logLevel)
  const [{ conductDrill }, { drillDocument, isInTime }, { readPlace }] = await Promise.all([
    import('../drill/conduct.ts'),
    import('../drill/result.ts'),
    import('../drill/place.ts'),
  ])
  const { results, summary } = await conductDrill({
    settings,
    contract,
    asked: { ...flags, names },
    without: flags.without ?? null,
    atOnce: flags.atOnce,
    ownCells: flags.cells,
    folder: FOLDER,
    signal: context.signal,
    onProgress: progress.say,
    onTrouble: (error) => progress.say(error.sentence()),
    onResult: (result, count) => {
      const { passed, faults, withinLimit } = result.score
      const word = passed ? (withinLimit ? 'ok    ' : 'late  ') : 'FAILED'
      progress.say(`${`${count}`.padStart(4)}  ${word}  ${result.row.id}${passed ? '' : `: ${faults.join(' ')}`}`)
      if (flags.json === true) process.stdout.write(`${JSON.stringify(drillDocument(result))}\n`)
    },
  })
  const told = results.filter(({ kind, score }) => kind !== 'healthy' || !score.passed).map(drillDocument)
  if (flags.json === true) process.stdout.write(`${JSON.stringify(summary)}\n`)
  else process.stdout.write(drillTable(told, summary, styleFor(process.stdout, settings.color)))
  if (flags.write !== undefined) {
    const command = ['npx waybill drill', ...names, ...spelled(flags)].join(' ')
    const before = await readFile(flags.write, 'utf8').catch(() => null)
    const place = await readPlace(packageJson.version, command)
    const what = titleOf(summary, flags.random !== undefined)
    const title = flags.disguise === true ? `${what}, under other names` : what
    await writeFile(flags.write, pageWith(before, title, told, summary, place))
  }
  context.end(summary.failed === 0 && isInTime(summary) ? EXIT.passed : EXIT.broken)
}

/** `drill [fault…]`: breaks the sandbox on purpose and scores the diagnosis. */
export function drillCommand(context: CommandContext): CliCommand {
  const command = withCommonFlags(new Command('drill'))
    .description('breaks the sandbox on purpose, one thing after another, and scores the diagnosis')
    .argument('[fault...]', 'names of faults (npx waybill faults) or of rows; all of them without a name')
    .option(
      '--healthy <count>',
      'so many healthy orders, many at once, some slow; alone without faults',
      wholeNumber(100_000),
    )
    .option('--random <count>', 'so many random pairs of faults, loads and delays instead', wholeNumber(10_000))
    .option('--seed <number>', 'repeats the same random pairs and delays', wholeNumber(999_999_999), 1)
    .addOption(new Option('--without <source>', 'with one witness taken away').choices([...REMOVABLE]))
    .option('--disguise', 'the order system under entirely other names, followed by another contract')
    .option('--at-once <count>', 'orders at the same time in the cell they share', wholeNumber(100), 8)
    .option('--cells <count>', 'cells for what breaks more than one order', wholeNumber(8), 2)
    .option('--write <file>', 'write the results into this page (docs/drill.md)')
    .addHelpText(
      'after',
      '\nEnds with 0 when all rows hold and at most 5 breaks in 100 are said later than their limit, else with 1.\n\nExample:\n  npx waybill drill price-throws mes-down\n  npx waybill drill --healthy 100 --json\n  npx waybill drill --without otlp',
    )
    .action((names: readonly string[], flags: DrillFlags) => play(names, flags, context))
  return { command, hidden: false }
}
