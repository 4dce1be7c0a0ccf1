/**
 * Every kind of trouble Waybill throws. Findings are values and never thrown; outcomes of asking a source are values too.
 * `docs/errors.md` explains each code; a test keeps the two lists equal.
 */
export const ERROR_CODES = {
  'bad-usage': 'The command line is wrong.',
  'bad-configuration': 'The configuration file is wrong.',
  'bad-contract': 'The contract is wrong.',
  'port-in-use': 'A port Waybill must listen on is taken.',
  'listener-needs-authentication': 'A listener beyond loopback has no authentication.',
  'part-missing': 'A program Waybill needs was found nowhere.',
  'part-failed': 'A program Waybill started did not come up, or died.',
  'store-unavailable': 'The evidence log or ledger cannot be reached.',
  'source-unavailable': 'A source of evidence cannot be reached.',
  'probe-broken': 'The probe could not be run.',
  'bad-capture': 'A captured file cannot be read.',
  'timed-out': 'Something took longer than its limit.',
  stopped: 'The work was stopped from outside.',
  internal: 'A defect of Waybill.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

export interface ErrorDetails {
  readonly code: ErrorCode
  /** What went wrong, in one sentence. */
  readonly message: string
  /** File and line, address, or name of the thing concerned. */
  readonly place?: string
  readonly expected?: string
  readonly actual?: string
  /** What the user should do next, in one sentence. */
  readonly hint?: string
  readonly cause?: unknown
}

/** The one error Waybill throws. */
export class WaybillError extends Error {
  readonly code: ErrorCode
  readonly place: string | undefined
  readonly expected: string | undefined
  readonly actual: string | undefined
  readonly hint: string | undefined

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'WaybillError'
    this.code = details.code
    this.place = details.place
    this.expected = details.expected
    this.actual = details.actual
    this.hint = details.hint
  }

  /** One sentence for a person: place, what was expected, what was found, what to do. */
  sentence(): string {
    const place = this.place === undefined ? '' : `${this.place}: `
    const wanted =
      this.expected === undefined
        ? ''
        : ` Expected ${this.expected}${this.actual === undefined ? '' : `, found ${this.actual}`}.`
    const hint = this.hint === undefined ? '' : ` ${this.hint}`
    return `${place}${this.message}${wanted}${hint}`
  }
}

/** Makes a `WaybillError` of anything thrown; an unknown throw is `internal` with the original as cause. */
export function asWaybillError(thrown: unknown): WaybillError {
  if (thrown instanceof WaybillError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new WaybillError({ code: 'internal', message, cause: thrown, hint: 'Run again with --debug and report it.' })
}
