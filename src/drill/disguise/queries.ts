const CONSIGNMENTS = `(docket = ANY ($1::text[]) OR your_ref = ANY ($2::text[]))`
const TRAIL =
  'ARRAY(SELECT t.phase FROM consignment_trail t WHERE t.docket = consignments.docket ORDER BY t.entry) AS phases'

/** What the counter shows of an order. */
export const COUNTER_ROW = `SELECT docket, your_ref, phase, amount_due, mould_digest, mould_kind, piece, ${TRAIL}
  FROM consignments WHERE ${CONSIGNMENTS}`

/** The back office works on the same rows, but knows an order only once it has picked it up. */
export const OFFICE_ROW = `${COUNTER_ROW} AND picked_at IS NOT NULL`

/** What the atelier shows of an order. */
export const ATELIER_ROW = `SELECT docket, your_ref, phase, amount_due, mould_digest, mould_kind, ${TRAIL}
  FROM consignments WHERE ${CONSIGNMENTS}`

/** Columns of all three. */
export const COLUMNS = { order: 'docket', reference: 'your_ref', status: 'phase', history: 'phases' } as const
