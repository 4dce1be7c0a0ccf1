import type { ErrorCode, WaybillError } from '../shared/errors.ts'

/** Exit codes of the interface. */
export const EXIT = { passed: 0, broken: 1, usage: 2, inconclusive: 3 } as const

const USAGE: ReadonlySet<ErrorCode> = new Set([
  'bad-usage',
  'bad-configuration',
  'bad-contract',
  'listener-needs-authentication',
])

/** 2 for what the user must correct; 3 for trouble of the monitor, which says nothing about the order system. */
export const failureCode = (error: WaybillError): number => (USAGE.has(error.code) ? EXIT.usage : EXIT.inconclusive)

/** One sentence on standard error; with `debug` also the stack and its causes. */
export function reportError(error: WaybillError, debug: boolean): void {
  process.stderr.write(`waybill: ${error.sentence()}\n`)
  if (!debug) return
  for (let at: unknown = error; at instanceof Error; at = at.cause) process.stderr.write(`${at.stack ?? at.message}\n`)
}
