import type { Span } from '@opentelemetry/api'
import { names } from '../names/names.ts'
import { learnOrder, scopeOfSpan } from './order-scope.ts'

interface Answer {
  readonly data: { readonly rows: readonly unknown[] }
}

const text = (row: object, column: string): string | undefined => {
  const value: unknown = Reflect.get(row, column)
  return typeof value === 'string' ? value : undefined
}

/** A statement that read or wrote exactly one order tells the rest of the scope its reference, customer and status. */
export function readOrderRow(span: Span, { data }: Answer): void {
  const [first, another] = Array.isArray(data.rows) ? data.rows : []
  const row = names.row.hear(first)
  if (row === null || typeof row !== 'object' || another !== undefined) return
  const status = text(row, 'status')
  if (text(row, 'order_id') === undefined || status === undefined) return
  const scope = scopeOfSpan(span)
  if (scope === undefined) return
  const reference = text(row, 'external_reference')
  const endUser = text(row, 'customer_id')
  const facts = {
    ...(reference === undefined ? {} : { reference }),
    // A seller or operator who acts stays the acting person, whoever the order belongs to.
    ...(endUser === undefined || scope.facts.endUser !== undefined ? {} : { endUser }),
    ...(Reflect.get(row, 'synthetic') === true ? { synthetic: true } : {}),
  }
  learnOrder({ ...facts, status }, scope)
  span.setAttribute('order.status', status)
}
