import { type Command, InvalidArgumentError, Option } from 'commander'
import { LOG_LEVELS } from '../config/settings.ts'
import { isReportKind, REPORTERS, type ReportKind } from '../report/reporters.ts'
import { WaybillError } from '../shared/errors.ts'

/** One `--report KIND=FILE`. */
export interface ReportFlag {
  readonly kind: ReportKind
  readonly file: string
}

/** The flags of every command, as commander gives them. */
export interface CommonFlags {
  readonly config?: string
  readonly contract?: string
  readonly json?: boolean
  readonly report: readonly ReportFlag[]
  readonly logLevel?: string
  readonly color: boolean
  readonly debug?: boolean
}

const takeReport = (text: string, before: readonly ReportFlag[]): readonly ReportFlag[] => {
  const at = text.indexOf('=')
  const [kind, file] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 0 || file === '' || !isReportKind(kind)) {
    throw new InvalidArgumentError(`Expected KIND=FILE with KIND one of ${Object.keys(REPORTERS).join(', ')}`)
  }
  return [...before, { kind, file }]
}

/** Adds the flags that every command has. */
export const withCommonFlags = (command: Command): Command =>
  command
    .option('--config <file>', 'configuration (default: probes/waybill.config.ts)')
    .option('--contract <file>', 'contract, instead of the one the configuration names')
    .option('--json', 'documents on standard output, one a line')
    .option('--report <kind=file>', `write a report: ${Object.keys(REPORTERS).join(', ')}; repeatable`, takeReport, [])
    .addOption(new Option('--log-level <level>', 'how much is told on the way').choices([...LOG_LEVELS]))
    .option('--no-color', 'no colours (also NO_COLOR)')
    .option('--debug', 'stack traces with errors')

/** For a command that reaches no verdict: a report asked of it would never be written. */
export function refuseReports(command: string, { report }: CommonFlags): void {
  if (report.length === 0) return
  throw new WaybillError({
    code: 'bad-usage',
    place: '--report',
    message: `${command} reaches no verdict, so there is nothing to report.`,
    hint: 'Ask demo or run for a report.',
  })
}
