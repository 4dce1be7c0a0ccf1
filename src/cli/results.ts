import { writeFile } from 'node:fs/promises'
import type { Contract } from '../contract/contract.ts'
import { jsonReport } from '../report/json.ts'
import { REPORTERS } from '../report/reporters.ts'
import { colorStyle, plainStyle, type Style } from '../report/style.ts'
import { terminalReport } from '../report/terminal.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import { WaybillError } from '../shared/errors.ts'
import { EXIT } from './failure.ts'
import type { CommonFlags } from './flags.ts'

/** Colours only where somebody looks and did not object. */
export const styleFor = (stream: { readonly isTTY?: boolean }, color: boolean): Style =>
  color && stream.isTTY === true ? colorStyle : plainStyle

/** Prints one order's result on standard output, as document or as picture. */
export function printDocument(document: VerdictDocument, contract: Contract, json: boolean, style: Style): void {
  process.stdout.write(json ? jsonReport([document]) : `\n${terminalReport(document, contract, style)}`)
}

/** Writes the files asked for by `--report`. */
export async function writeReports(flags: CommonFlags, documents: readonly VerdictDocument[]): Promise<void> {
  for (const { kind, file } of flags.report) {
    try {
      await writeFile(file, REPORTERS[kind](documents))
    } catch (cause) {
      const message = `The ${kind} report cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`
      throw new WaybillError({
        code: 'bad-usage',
        place: file,
        message,
        hint: 'Name a file in a folder you may write to.',
        cause,
      })
    }
  }
}

/** The exit code of several verdicts: broken before inconclusive before passed. */
export function exitCodeOf(documents: readonly VerdictDocument[], failOnDegraded: boolean): number {
  const verdicts = new Set(documents.map((document) => document.verdict))
  if (verdicts.has('broken') || (failOnDegraded && verdicts.has('degraded'))) return EXIT.broken
  return verdicts.has('inconclusive') ? EXIT.inconclusive : EXIT.passed
}
