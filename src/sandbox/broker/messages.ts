import { z } from 'zod'
import { names } from '../names/names.ts'
import { STATUSES } from '../order/status.ts'

const common = {
  orderId: names.orderId,
  externalReference: z.string().max(200),
  customerId: z.string().max(200),
  synthetic: z.boolean(),
  at: z.iso.datetime(),
}

/** The stored model, as the shop describes it to manufacturing. */
export const modelFile = z.object({
  key: z.string().min(1).max(1024),
  size: z.number().int().nonnegative(),
  type: z.string().min(1).max(200),
  sha256: z.string().length(64),
})
export type ModelFile = z.output<typeof modelFile>

/** H5: a new order for manufacturing. */
export const orderSubmitted = z.object({ ...common, model: modelFile })
export type OrderSubmitted = z.output<typeof orderSubmitted>

/** H9: the seller confirmed. */
export const orderApproved = z.object({ ...common, approvedBy: z.string().max(200) })
export type OrderApproved = z.output<typeof orderApproved>

/** H7 and H11: manufacturing set a status. */
export const statusChanged = z.object({
  ...common,
  status: z.enum(STATUSES),
  priceCents: z.number().int().nonnegative().nullable(),
})
export type StatusChanged = z.output<typeof statusChanged>

/** P2: a partner's order was born in manufacturing. */
export const partnerOrderCreated = z.object({ ...common, model: modelFile })
export type PartnerOrderCreated = z.output<typeof partnerOrderCreated>

/** Fields every message has; enough to say which order it is about. */
export type OrderMessage = OrderSubmitted | OrderApproved | StatusChanged | PartnerOrderCreated
