import { WaybillError } from '../shared/errors.ts'

/** What kind of trouble the database gave. `passing`: it may be over in a moment, so the statement is worth repeating. */
export type Trouble =
  | { readonly kind: 'passing' | 'lasting'; readonly message: string; readonly hint: string }
  | { readonly kind: 'defect' }

interface Known {
  readonly codes: RegExp
  readonly kind: 'passing' | 'lasting'
  readonly message: string
  readonly hint: string
}

/** SQLSTATE classes and Node.js error codes, first match wins. */
const KNOWN: readonly Known[] = [
  {
    codes: /^(28...|SASL)$/,
    kind: 'lasting',
    message: 'The database refuses the user or its password.',
    hint: 'Check the user and password of DATABASE_URL.',
  },
  {
    codes: /^3D000$/,
    kind: 'lasting',
    message: 'The database server has no database of that name.',
    hint: 'Create it, or check the name in DATABASE_URL.',
  },
  {
    codes: /^42501$/,
    kind: 'lasting',
    message: 'The database user may not do what Waybill needs.',
    hint: 'Grant it the right to create a schema in the database.',
  },
  {
    codes: /^(53100|25006)$/,
    kind: 'lasting',
    message: 'The database cannot be written: its disk is full or it is read-only.',
    hint: 'Make room on its disk.',
  },
  {
    codes: /^(53300|53400)$/,
    kind: 'passing',
    message: 'The database has no connection left for Waybill.',
    hint: 'Allow more connections, or end what holds them.',
  },
  {
    codes: /^(40001|40P01|55P03)$/,
    kind: 'passing',
    message: 'The database keeps refusing the statement for others that run at the same time.',
    hint: 'Look for long transactions in the schema waybill.',
  },
  {
    codes: /^(ENOTFOUND|EAI_AGAIN)$/,
    kind: 'passing',
    message: 'The host of the database is not known.',
    hint: 'Check the host in DATABASE_URL.',
  },
  {
    codes: /^(08...|57P0.|57014|ECONN.*|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|CONNECTION)$/,
    kind: 'passing',
    message: 'The database cannot be reached.',
    hint: 'Start it, or check DATABASE_URL.',
  },
]

/** Judges anything that `pg` throws. */
export function troubleOf(error: unknown): Trouble {
  const code = codeOf(error)
  const known = KNOWN.find(({ codes }) => codes.test(code))
  if (known === undefined) return { kind: 'defect' }
  const { kind, message, hint } = known
  return { kind, message, hint }
}

/** The error to throw for lasting trouble, or for passing trouble that has not passed. `place` must hold no secret. */
export const storeUnavailable = (
  trouble: Exclude<Trouble, { kind: 'defect' }>,
  place: string,
  cause: unknown,
): WaybillError =>
  new WaybillError({
    code: 'store-unavailable',
    place,
    message: trouble.message,
    actual: reasonOf(cause),
    hint: trouble.hint,
    cause,
  })

const codeOf = (error: unknown): string => {
  // A name that leads to several addresses fails with all their errors in one.
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  // `pg` gives these no code.
  if (/^SASL/.test(error.message)) return 'SASL'
  if (
    /connection terminated|timeout exceeded when trying to connect|read timeout|not queryable|Connection ended/i.test(
      error.message,
    )
  ) {
    return 'CONNECTION'
  }
  return ''
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : codeOf(error)
