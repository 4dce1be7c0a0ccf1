import { fstatSync } from 'node:fs'
import { Command } from 'commander'
import type { CliCommand, CommandContext } from './command.ts'
import { type CommonFlags, withCommonFlags } from './flags.ts'
import { showOrder } from './order-progress.ts'
import { prepare } from './prepare.ts'
import { createProgress } from './progress.ts'

/** Resolves when whoever started us closes our standard input; never where that is no pipe. */
const starterGone = (): Promise<void> =>
  new Promise((resolve) => {
    const stdin = fstatSync(0, { throwIfNoEntry: false })
    if (stdin === undefined || !(stdin.isFIFO() || stdin.isSocket())) return
    process.stdin.once('end', resolve)
    process.stdin.once('error', () => resolve())
    process.stdin.resume()
  })

const serve = async (flags: CommonFlags, context: CommandContext): Promise<void> => {
  const gone = starterGone()
  const stopping = new AbortController()
  void gone.then(() => stopping.abort(new Error('the starter has gone')))
  const signal = AbortSignal.any([context.signal, stopping.signal])
  const { settings, contract } = await prepare(flags)
  const progress = createProgress(process.stderr, settings.logLevel)
  const [{ startApp }, { openProbeRun }, { findBrowserIfAny }] = await Promise.all([
    import('../app/start.ts'),
    import('../app/open-probe-run.ts'),
    import('../app/browser.ts'),
  ])
  const app = await startApp({
    settings,
    contract,
    onProgress: progress.say,
    onTrouble: (error) => progress.say(error.sentence()),
    signal,
  })
  try {
    const browser = await findBrowserIfAny(progress.say)
    const run = await openProbeRun(app, 'playwright', browser, (watched) => showOrder(progress, watched))
    process.stdout.write(`${JSON.stringify(run.settings)}\n`)
    const ending = AbortSignal.any([signal, app.lost])
    if (!ending.aborted)
      await new Promise<void>((resolve) => ending.addEventListener('abort', () => resolve(), { once: true }))
    await run.close()
    if (!app.lost.aborted) context.endWell()
  } finally {
    progress.clear()
    await app.stop()
  }
}

/** `serve-probes`: the monitor for probes that somebody else plays (`npx playwright test`); not listed. */
export function serveProbesCommand(context: CommandContext): CliCommand {
  const command = withCommonFlags(new Command('serve-probes'))
    .description(
      'the monitor for probes played by `npx playwright test`; prints their settings as one line, ends with its standard input',
    )
    .action((flags: CommonFlags) => serve(flags, context))
  return { command, hidden: true }
}
