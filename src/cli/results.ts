import { constants } from 'node:fs'
import { access, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Contract } from '../contract/contract.ts'
import { jsonReport } from '../report/json.ts'
import { REPORTERS } from '../report/reporters.ts'
import { colorStyle, plainStyle, type Style } from '../report/style.ts'
import { terminalReport } from '../report/terminal.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import { WaybillError } from '../shared/errors.ts'
import { EXIT, reportError } from './failure.ts'
import type { CommonFlags } from './flags.ts'

/** Colours only where somebody looks and did not object. */
export const styleFor = (stream: { readonly isTTY?: boolean }, color: boolean): Style =>
  color && stream.isTTY === true ? colorStyle : plainStyle

/** Prints one order's result on standard output, as document or as picture. */
export function printDocument(document: VerdictDocument, contract: Contract, json: boolean, style: Style): void {
  process.stdout.write(json ? jsonReport([document]) : `\n${terminalReport(document, contract, style)}`)
}

/** Refuses report files that cannot be written before anything is started, least of all an order. */
export async function checkReportFiles(reports: CommonFlags['report']): Promise<void> {
  for (const { kind, file } of reports) {
    const written = await access(file, constants.W_OK).then(
      () => true,
      () => false,
    )
    if (written) continue
    await access(dirname(resolve(file)), constants.W_OK).catch((cause: unknown) => {
      throw cannotWrite(kind, file, cause)
    })
  }
}

/** Writes the files asked for by `--report`. One that cannot be written after all is told; the verdict keeps its exit code. */
export async function writeReports(flags: CommonFlags, documents: readonly VerdictDocument[]): Promise<void> {
  for (const { kind, file } of flags.report) {
    await writeFile(file, REPORTERS[kind](documents)).catch((cause: unknown) =>
      reportError(cannotWrite(kind, file, cause), false),
    )
  }
}

const cannotWrite = (kind: string, file: string, cause: unknown): WaybillError =>
  new WaybillError({
    code: 'bad-usage',
    place: file,
    message: `The ${kind} report cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
    hint: 'Name a file in a folder you may write to.',
    cause,
  })

/** The exit code of several verdicts: broken before inconclusive before passed. */
export function exitCodeOf(documents: readonly VerdictDocument[], failOnDegraded: boolean): number {
  const verdicts = new Set(documents.map((document) => document.verdict))
  if (verdicts.has('broken') || (failOnDegraded && verdicts.has('degraded'))) return EXIT.broken
  return verdicts.has('inconclusive') ? EXIT.inconclusive : EXIT.passed
}
