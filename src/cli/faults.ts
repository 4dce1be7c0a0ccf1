import { Command } from 'commander'
import { EXPECTATIONS } from '../drill/expectations.ts'
import { INVENTED } from '../drill/invented.ts'
import { wrap } from '../report/wrap.ts'
import { FAULTS } from '../sandbox/launch.ts'
import type { CliCommand, CommandContext } from './command.ts'
import { type CommonFlags, refuseReports, withCommonFlags } from './flags.ts'
import { prepareIfGiven } from './prepare.ts'

const COLUMNS = 96

const listFaults = async (flags: CommonFlags): Promise<void> => {
  refuseReports('faults', flags)
  await prepareIfGiven(flags)
  for (const { name, title, scopes, parts, changes } of FAULTS) {
    const expected = EXPECTATIONS[name] ?? INVENTED[name]
    if (flags.json === true) {
      const finding = expected?.finding ?? null
      const document = {
        schema: 'waybill.fault/1',
        fault: name,
        title,
        scopes,
        parts,
        changes,
        finding,
        at: expected?.at ?? null,
      }
      process.stdout.write(`${JSON.stringify(document)}\n`)
      continue
    }
    const must =
      expected === undefined
        ? 'not yet said'
        : expected.finding === null
          ? 'nothing that breaks an order'
          : `${expected.finding} at ${expected.at}`
    process.stdout.write(`${name}  (${parts.join(' and ')}; for ${scopes.join(' or ')})\n`)
    for (const line of wrap(changes, COLUMNS)) process.stdout.write(`    ${line}\n`)
    process.stdout.write(`    must cause: ${must}\n`)
  }
}

/** `faults`: what the sandbox can break, for what, and the finding it must cause. */
export function faultsCommand(_context: CommandContext): CliCommand {
  const command = withCommonFlags(new Command('faults'))
    .description('lists the sandbox’s faults: what each breaks, for what, and the finding it must cause')
    .addHelpText('after', '\nExample:\n  npx waybill faults --json')
    .action((flags: CommonFlags) => listFaults(flags))
  return { command, hidden: false }
}
