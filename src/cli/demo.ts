import { Command } from 'commander'
import type { RunResult } from '../app/run.ts'
import type { App } from '../app/start.ts'
import type { ProbeFile } from '../probe/probe-files.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import { WaybillError } from '../shared/errors.ts'
import type { CliCommand, CommandContext } from './command.ts'
import { EXIT } from './failure.ts'
import { type CommonFlags, withCommonFlags } from './flags.ts'
import { showOrder } from './order-progress.ts'
import { prepare } from './prepare.ts'
import { createProgress, type Progress } from './progress.ts'
import { printDocument, styleFor, writeReports } from './results.ts'

interface DemoFlags extends CommonFlags {
  readonly stay?: boolean
}

const PAGE_PROBE = 'shop-web'
const API_PROBE = 'shop-api'
const FAULT = 'mes-rejects'

const probeNamed = (probes: readonly ProbeFile[], name: string, folder: string): ProbeFile => {
  const found = probes.find((probe) => probe.name === name)
  if (found !== undefined) return found
  throw new WaybillError({
    code: 'bad-configuration',
    place: folder,
    message: `The demo needs the probe ${name}.`,
    hint: 'Run it with the repository’s own probes.',
  })
}

const stay = async (app: App, progress: Progress, signal: AbortSignal): Promise<void> => {
  for (const [system, url] of Object.entries(app.targets)) progress.say(`${system.padEnd(8)} ${url}`)
  progress.say(`spans to ${app.otlp?.http ?? 'nowhere'}`)
  progress.say('All of it stays up until Ctrl-C.')
  if (signal.aborted || app.lost.aborted) return
  await new Promise<void>((resolve) => {
    for (const ending of [signal, app.lost]) ending.addEventListener('abort', () => resolve(), { once: true })
  })
}

const play = async (flags: DemoFlags, context: CommandContext): Promise<void> => {
  const prepared = await prepare(flags)
  // The demo breaks things on purpose: never anything but the sandbox, whatever the configuration watches.
  const settings = { ...prepared.settings, system: 'sandbox', targets: {} }
  const progress = createProgress(process.stderr, settings.logLevel)
  const [{ startApp }, { runOnce }, { findBrowserIfAny }, { listProbes }] = await Promise.all([
    import('../app/start.ts'),
    import('../app/run.ts'),
    import('../app/browser.ts'),
    import('../probe/probe-files.ts'),
  ])
  const probes = await listProbes(settings.probesFolder)
  const looking = findBrowserIfAny(progress.say)
  const app = await startApp({
    settings,
    contract: prepared.contract,
    onProgress: progress.say,
    onTrouble: (error) => progress.say(error.sentence()),
    signal: context.signal,
  })
  const documents: VerdictDocument[] = []
  const show = ({ documents: fresh }: RunResult) => {
    progress.clear()
    for (const document of fresh)
      printDocument(document, app.contract, flags.json === true, styleFor(process.stdout, settings.color))
    documents.push(...fresh)
  }
  const order = async (name: string, fault: string | null) => {
    const browser = await looking
    return runOnce(app, {
      probe: probeNamed(probes, name, settings.probesFolder),
      browser,
      until: null,
      signal: context.signal,
      onOrder: async (watched) => {
        showOrder(progress, watched)
        if (fault !== null) await app.sandbox?.faults.set(fault, { kind: 'order', reference: watched.order.key })
      },
      onStep: (title) => progress.live(`  ${name}: ${title}`),
    })
  }
  try {
    progress.say('First an order that goes well.')
    show(await order((await looking) === null ? API_PROBE : PAGE_PROBE, null))
    progress.say(`Now an order that breaks (fault ${FAULT}, for this order only).`)
    show(await order(API_PROBE, FAULT))
    await app.sandbox?.faults.clear(FAULT)
    await writeReports(flags, documents)
    if (flags.stay === true) await stay(app, progress, context.signal)
  } finally {
    progress.clear()
    await app.stop()
  }
  const [healthy, broken] = documents
  const asPromised = healthy?.verdict === 'passed' && broken?.verdict === 'broken'
  if (!asPromised) {
    process.stderr.write(
      `waybill: The demo did not end as it should: ${documents.map(({ verdict }) => verdict).join(', then ')} instead of passed, then broken.\n`,
    )
    context.end(EXIT.broken)
  } else if (flags.stay === true) context.endWell()
}

/** `demo`: sandbox and monitor together; a healthy order, then a broken one, both explained. */
export function demoCommand(context: CommandContext): CliCommand {
  const command = withCommonFlags(new Command('demo'))
    .description('sandbox and monitor together: a healthy order, then a broken one, both explained')
    .option('--stay', 'keep both running afterwards and say where they listen')
    .addHelpText('after', '\nExample:\n  npx waybill demo --stay')
    .action((flags: DemoFlags) => play(flags, context))
  return { command, hidden: false }
}
