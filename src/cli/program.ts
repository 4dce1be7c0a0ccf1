import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { WaybillError } from '../shared/errors.ts'
import type { CommandContext } from './command.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { drillCommand } from './drill.ts'
import { faultsCommand } from './faults.ts'
import { runCommand } from './run.ts'
import { sandboxCommand } from './sandbox.ts'
import { serveProbesCommand } from './serve-probes.ts'

const COMMANDS = [
  demoCommand,
  runCommand,
  sandboxCommand,
  faultsCommand,
  drillCommand,
  doctorCommand,
  serveProbesCommand,
]

/** The command line. `run` resolves once the command has ended; wrong usage rejects with `bad-usage`. */
export function createProgram(context: CommandContext): { run(args: readonly string[]): Promise<void> } {
  const program = new Command('waybill')
    .description('Places a real test order, follows it hop by hop through every system, and names the link that broke.')
    .version(packageJson.version)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExit codes: 0 passed, 1 broken, 2 bad usage or configuration, 3 inconclusive, 130/143 stopped by a signal.',
    )
  for (const make of COMMANDS) {
    const { command, hidden } = make(context)
    program.addCommand(command.exitOverride().configureOutput({ writeErr: () => {} }), { hidden })
  }
  return {
    run: async (args) => {
      if (args.length === 0) {
        process.stdout.write(program.helpInformation())
        return
      }
      try {
        await program.parseAsync([...args], { from: 'user' })
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error
        if (error.exitCode === 0) return
        const message = error.message
          .replace(/^error: /, '')
          .replaceAll(/\s*\n\s*/g, ' ')
          .replace(/\.+$/, '')
        const hint = 'npx waybill --help lists the commands, npx waybill COMMAND --help its flags.'
        throw new WaybillError({
          code: 'bad-usage',
          message: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
          hint,
        })
      }
    },
  }
}
