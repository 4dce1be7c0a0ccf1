import { z } from 'zod'

const text = z.string().min(1)

/**
 * One thing a person of a story asks of a system over HTTP. Path, headers and body may hold `{order}`, `{reference}`, `{key}`, `{customer.id}`, `{customer.name}`,
 * `{customer.email}`, `{customer.phone}`, `{partner.id}`, `{file.name}`, `{file.type}`, `{folder}` (the storage prefix of test orders) and `{triangles}`.
 */
const act = z.strictObject({
  /** The system asked, by its id in the contract. */
  system: text,
  method: z.enum(['POST', 'PUT']).default('POST'),
  path: z.string().startsWith('/', 'a path such as "/api/orders/{order}/submit"'),
  headers: z.record(text, z.string()).default({}),
  /** The document that is sent; an upload sends the file instead. */
  body: z.json().optional(),
  /** The stage the act makes. */
  makes: text,
  /** The stage the person must see before they can act, and the system in which they see it. */
  sees: z.strictObject({ stage: text, in: text }).optional(),
  /** Field of the answer that holds the order's id, of an act that places one. */
  id: text.optional(),
})

const FILE = { 'content-type': '{file.type}', 'x-file-name': '{file.name}', 'x-storage-prefix': '{folder}' }
const customer = { id: '{customer.id}', name: '{customer.name}', email: '{customer.email}', phone: '{customer.phone}' }

const atCrm = (verb: string, stage: string, makes: string): z.input<typeof act> => ({
  system: 'crm',
  path: `/api/orders/{order}/${verb}`,
  sees: { stage, in: 'crm' },
  makes,
})

const atMes = (verb: string, stage: string, makes: string): z.input<typeof act> => ({
  system: 'mes',
  path: `/api/orders/{order}/${verb}`,
  sees: { stage, in: 'mes' },
  makes,
})

/** What people do, and how; each as the reference order system wants it unless it is said otherwise. */
export const actsSchema = z.strictObject({
  'customer orders': act.prefault({
    system: 'shop',
    path: '/api/orders',
    headers: { 'idempotency-key': '{key}' },
    body: { customer, externalReference: '{reference}' },
    makes: 'INITIATED',
    id: 'orderId',
  }),
  'customer uploads': act.prefault({
    system: 'shop',
    method: 'PUT',
    path: '/api/orders/{order}/model',
    headers: FILE,
    makes: 'FILE_UPLOADED',
  }),
  'customer builds': act.prefault({
    system: 'shop',
    path: '/api/orders/{order}/constructor',
    headers: { 'x-storage-prefix': '{folder}' },
    body: { triangles: '{triangles}' },
    makes: 'FILE_UPLOADED',
  }),
  'customer submits': act.prefault({ system: 'shop', path: '/api/orders/{order}/submit', makes: 'SUBMITTED' }),
  'partner orders': act.prefault({
    system: 'mes',
    path: '/partner/orders',
    headers: { ...FILE, 'x-partner-id': '{partner.id}', 'x-external-reference': '{reference}' },
    makes: 'SUBMITTED',
    id: 'orderId',
  }),
  'seller approves': act.prefault(atCrm('approve', 'PRICE_CALCULATED', 'MANUFACTURING_APPROVED')),
  'seller closes': act.prefault(atCrm('close', 'SHIPPED', 'CLOSED')),
  'operator takes': act.prefault(atMes('take', 'MANUFACTURING_APPROVED', 'MANUFACTURING_STARTED')),
  'operator completes': act.prefault(atMes('complete', 'MANUFACTURING_STARTED', 'MANUFACTURING_COMPLETED')),
  'operator packs': act.prefault(atMes('pack', 'MANUFACTURING_COMPLETED', 'PACKAGING')),
  'operator ships': act.prefault(atMes('ship', 'PACKAGING', 'SHIPPED')),
  'carrier delivers': act.prefault({
    system: 'carrier',
    path: '/api/parcels/{order}/delivered',
    // The carrier's message goes to the seller's side, which must know that the order was sent.
    sees: { stage: 'SHIPPED', in: 'crm' },
    makes: 'CLOSED',
  }),
})

/** All acts, by person and what they do. */
export type Acts = z.output<typeof actsSchema>

/** How a test order is marked at each layer, so that it is recognisable everywhere. */
export const marksSchema = z.strictObject({
  header: z.string().default('X-Synthetic-Order'),
  userAgent: z.string().default('waybill-probe/1 (synthetic order)'),
  baggage: z.record(z.string(), z.string()).default({ synthetic: '1' }),
  customerPrefix: z.string().default('synthetic-'),
  storagePrefix: z.string().default('synthetic/'),
})

/** The marks of test orders. */
export type Marks = z.output<typeof marksSchema>
