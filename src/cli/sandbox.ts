import { Command, Option } from 'commander'
import type { Pace } from '../config/schema.ts'
import { WaybillError } from '../shared/errors.ts'
import type { CliCommand, CommandContext } from './command.ts'
import { type CommonFlags, refuseReports, withCommonFlags } from './flags.ts'
import { prepareIfGiven } from './prepare.ts'
import { createProgress } from './progress.ts'

interface SandboxFlags extends CommonFlags {
  readonly fault: readonly string[]
  readonly speed?: Pace
  readonly disguise?: boolean
}

const serve = async (flags: SandboxFlags, context: CommandContext): Promise<void> => {
  refuseReports('sandbox', flags)
  const prepared = await prepareIfGiven(flags)
  const { FAULTS } = await import('../sandbox/launch.ts')
  const names: readonly string[] = FAULTS.map((fault) => fault.name)
  const unknown = flags.fault.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new WaybillError({
      code: 'bad-usage',
      place: '--fault',
      message: 'There is no such fault.',
      expected: names.join(', '),
      actual: unknown,
    })
  }
  const progress = createProgress(
    process.stderr,
    flags.logLevel === undefined ? 'info' : (prepared?.settings.logLevel ?? 'info'),
  )
  const { startSandbox } = await import('../app/sandbox-process.ts')
  const { readEnvironment } = await import('../config/environment.ts')
  const exportTo = readEnvironment().exportTo
  const sandbox = await startSandbox({
    speed: flags.speed ?? prepared?.settings.speed ?? 'fast',
    otlp: exportTo === undefined ? null : { url: exportTo, token: null },
    faults: flags.fault,
    disguised: flags.disguise === true,
    onProgress: progress.say,
    signal: context.signal,
  })
  try {
    const { ready } = sandbox
    if (flags.json === true) process.stdout.write(`${JSON.stringify(ready)}\n`)
    else {
      const { shop, crm, mes, carrier, control } = ready
      for (const [name, url] of Object.entries({ shop, crm, mes, carrier }))
        process.stdout.write(`${name.padEnd(8)} ${url}\n`)
      process.stdout.write(`faults   ${control.url} (Authorization: Bearer ${control.token})\n`)
    }
    const stopped = new Promise<'signal'>((resolve) => {
      if (context.signal.aborted) resolve('signal')
      context.signal.addEventListener('abort', () => resolve('signal'), { once: true })
    })
    const how = await Promise.race([stopped, sandbox.gone])
    if (how !== 'signal' && !context.signal.aborted)
      throw new WaybillError({ code: 'part-failed', message: `The sandbox went away: ${how}.` })
    context.endWell()
  } finally {
    await sandbox.stop()
  }
}

/** `sandbox`: the reference order system alone, in the foreground. */
export function sandboxCommand(context: CommandContext): CliCommand {
  const command = withCommonFlags(new Command('sandbox'))
    .description('the reference order system alone, in the foreground, until a signal')
    .option(
      '--fault <name>',
      'switched on from the start for all orders; repeatable',
      (name, before: readonly string[]) => [...before, name],
      [],
    )
    .addOption(new Option('--speed <speed>', 'realistic: minutes as in life').choices(['fast', 'realistic']))
    .option('--disguise', 'under entirely other names (src/sandbox/names/disguised.ts)')
    .addHelpText('after', '\nExample:\n  npx waybill sandbox --fault price-throws')
    .action((flags: SandboxFlags) => serve(flags, context))
  return { command, hidden: false }
}
