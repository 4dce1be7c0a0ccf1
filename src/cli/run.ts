import { Command, Option } from 'commander'
import type { ProbeFile } from '../probe/probe-files.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import { WaybillError } from '../shared/errors.ts'
import type { CliCommand, CommandContext } from './command.ts'
import { type CommonFlags, withCommonFlags } from './flags.ts'
import { showOrder } from './order-progress.ts'
import { prepare } from './prepare.ts'
import { createProgress } from './progress.ts'
import { exitCodeOf, printDocument, styleFor, writeReports } from './results.ts'

interface RunFlags extends CommonFlags {
  readonly until?: string
  readonly saveEvidence?: string
  readonly failOn?: string
}

const chooseProbes = (all: readonly ProbeFile[], names: readonly string[], folder: string): readonly ProbeFile[] => {
  const expected = all.map((probe) => probe.name).join(', ')
  if (all.length === 0) {
    const hint = 'Write a probe there, or set probes.folder in the configuration.'
    throw new WaybillError({
      code: 'bad-usage',
      place: folder,
      message: 'There are no probes (files ending in .probe.ts).',
      hint,
    })
  }
  return names.length === 0
    ? all
    : names.map((name) => {
        const found = all.find((probe) => probe.name === name)
        if (found !== undefined) return found
        throw new WaybillError({
          code: 'bad-usage',
          place: folder,
          message: 'There is no such probe.',
          expected,
          actual: name,
        })
      })
}

const runProbes = async (names: readonly string[], flags: RunFlags, context: CommandContext): Promise<void> => {
  const { settings, contract } = await prepare(flags)
  if (flags.until !== undefined && !Object.hasOwn(contract.stages, flags.until)) {
    const expected = Object.keys(contract.stages).join(', ')
    throw new WaybillError({
      code: 'bad-usage',
      place: '--until',
      message: 'There is no such stage.',
      expected,
      actual: flags.until,
    })
  }
  // Loaded only now, so that --help and wrong usage answer at once.
  const { listProbes } = await import('../probe/probe-files.ts')
  const probes = chooseProbes(await listProbes(settings.probesFolder), names, settings.probesFolder)
  const progress = createProgress(process.stderr, settings.logLevel)
  const { startApp } = await import('../app/start.ts')
  const { runOnce } = await import('../app/run.ts')
  const { findBrowserIfAny } = await import('../app/browser.ts')
  const app = await startApp({
    settings,
    contract,
    ...(flags.saveEvidence === undefined ? {} : { saveEvidence: flags.saveEvidence }),
    onProgress: progress.say,
    onTrouble: (error) => progress.say(error.sentence()),
    signal: context.signal,
  })
  const documents: VerdictDocument[] = []
  try {
    const browser = await findBrowserIfAny(progress.say)
    for (const probe of probes) {
      const result = await runOnce(app, {
        probe,
        browser,
        until: flags.until ?? null,
        signal: context.signal,
        onOrder: (watched) => showOrder(progress, watched),
        onStep: (title) => progress.live(`  ${probe.name}: ${title}`),
      })
      progress.clear()
      for (const document of result.documents) {
        printDocument(document, contract, flags.json === true, styleFor(process.stdout, settings.color))
      }
      documents.push(...result.documents)
    }
    await writeReports(flags, documents)
  } finally {
    progress.clear()
    await app.stop()
  }
  context.end(exitCodeOf(documents, flags.failOn === 'degraded'))
}

/** `run [probe…]`: one run of each named probe now, followed to its verdict. */
export function runCommand(context: CommandContext): CliCommand {
  const command = withCommonFlags(new Command('run'))
    .description('one run of each named probe now (all without a name), followed to its verdict')
    .argument('[probe...]', 'names of probes, without .probe.ts')
    .option('--until <stage>', 'last stage the order is taken to')
    .option('--save-evidence <file>', 'write all evidence to a file too (compressed when it ends in .gz)')
    .addOption(new Option('--fail-on <verdict>', 'also end with 1 on this verdict').choices(['degraded']))
    .addHelpText('after', '\nExample:\n  npx waybill run shop-api --until PRICE_CALCULATED --report junit=waybill.xml')
    .action((names: readonly string[], flags: RunFlags) => runProbes(names, flags, context))
  return { command, hidden: false }
}
