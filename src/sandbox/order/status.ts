/** The ten statuses of an order, in the order in which they are reached. */
export const STATUSES = [
  'INITIATED',
  'FILE_UPLOADED',
  'SUBMITTED',
  'PRICE_CALCULATED',
  'MANUFACTURING_APPROVED',
  'MANUFACTURING_STARTED',
  'MANUFACTURING_COMPLETED',
  'PACKAGING',
  'SHIPPED',
  'CLOSED',
] as const

export type OrderStatus = (typeof STATUSES)[number]

/** Whether `next` lies after `current` in the lifecycle, so that a late message never turns an order back. */
export const isLater = (next: OrderStatus, current: OrderStatus): boolean =>
  STATUSES.indexOf(next) > STATUSES.indexOf(current)
