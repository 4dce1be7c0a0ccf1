import { Command } from 'commander'
import type { CliCommand, CommandContext } from './command.ts'
import { EXIT } from './failure.ts'
import { type CommonFlags, refuseReports, withCommonFlags } from './flags.ts'
import { prepare } from './prepare.ts'
import { createProgress } from './progress.ts'
import { styleFor } from './results.ts'

const SIGNS = { good: '✓', bad: '✗', unknown: '?' } as const
const TONES = { good: 'good', bad: 'bad', unknown: 'unsure' } as const

const examine = async (flags: CommonFlags, context: CommandContext): Promise<void> => {
  refuseReports('doctor', flags)
  const { settings, contract } = await prepare(flags)
  const progress = createProgress(process.stderr, settings.logLevel)
  const [{ startApp }, { examineApp }] = await Promise.all([
    import('../app/start.ts'),
    import('../app/doctor/examine.ts'),
  ])
  const app = await startApp({
    settings,
    contract,
    onProgress: progress.say,
    onTrouble: (error) => progress.say(error.sentence()),
    signal: context.signal,
    sample: settings.system !== 'sandbox',
  })
  try {
    const checks = await examineApp(app, { signal: context.signal, say: progress.say })
    const bad = checks.some((check) => check.state === 'bad')
    progress.clear()
    const style = styleFor(process.stdout, settings.color)
    if (flags.json === true)
      process.stdout.write(`${JSON.stringify({ schema: 'waybill.doctor/1', healthy: !bad, checks })}\n`)
    else {
      for (const { state, what, detail } of checks) {
        process.stdout.write(`${style(TONES[state], `${SIGNS[state]} ${what}`)}${detail === '' ? '' : `: ${detail}`}\n`)
      }
    }
    context.end(bad ? EXIT.broken : EXIT.passed)
  } finally {
    await app.stop()
  }
}

/** `doctor`: can every source be reached, does every system leave the telemetry the contract asks for. */
export function doctorCommand(context: CommandContext): CliCommand {
  const command = withCommonFlags(new Command('doctor'))
    .description('can every source be reached, does every system leave the telemetry the contract asks for')
    .addHelpText('after', '\nExample:\n  npx waybill doctor --config probes/waybill.config.ts')
    .action((flags: CommonFlags) => examine(flags, context))
  return { command, hidden: false }
}
