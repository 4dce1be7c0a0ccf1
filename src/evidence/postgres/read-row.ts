import type { RowSpec } from '../../contract/contract.ts'

/** What one row says of an order. */
export interface RowReading {
  readonly orderId: string
  /** Null where the query tells none. */
  readonly reference: string | null
  readonly status: string
  readonly history: readonly string[] | null
  readonly content: Readonly<Record<string, string>>
}

/** Rows that are none of an order: why. */
export type Rows = { readonly rows: readonly RowReading[] } | { readonly nonsense: string }

type Columns = RowSpec['columns']
type Row = Readonly<Record<string, unknown>>

/** Reads the answer of the query. One order has one row. */
export function readRows(columns: Columns, rows: readonly Row[]): Rows {
  const read: RowReading[] = []
  for (const row of rows) {
    const reading = readRow(columns, row)
    if (typeof reading === 'string') return { nonsense: reading }
    if (read.some(({ orderId }) => orderId === reading.orderId)) return { nonsense: 'answered two rows of one order' }
    read.push(reading)
  }
  return { rows: read }
}

/** The sentence why it is none, where it is none. */
function readRow(columns: Columns, row: Row): RowReading | string {
  const named = [
    columns.order,
    columns.status,
    columns.reference,
    columns.history,
    ...Object.values(columns.content ?? {}),
  ]
  const absent = named.find((column) => column !== undefined && !Object.hasOwn(row, column))
  if (absent !== undefined) return `answered rows without the column ${absent}`
  const orderId = textOf(row[columns.order])
  const status = textOf(row[columns.status])
  if (orderId === null || orderId === '') return `answered a row whose ${columns.order} is empty`
  if (status === null || status === '') return `answered a row whose ${columns.status} is empty`
  const history = columns.history === undefined ? null : (row[columns.history] ?? null)
  if (history !== null && !isTextList(history)) return `answered a row whose ${columns.history} is no list of statuses`
  const reference = columns.reference === undefined ? null : textOf(row[columns.reference])
  return { orderId, reference, status, history, content: contentOf(columns, row) }
}

function contentOf(columns: Columns, row: Row): Readonly<Record<string, string>> {
  const values = Object.entries(columns.content ?? {}).flatMap(([name, column]) => {
    const text = textOf(row[column])
    return text === null ? [] : [[name, text] as const]
  })
  return Object.fromEntries(values)
}

/** A value as every source of the same content writes it; null for NULL. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string')
