import type { Acts } from '../config/people.ts'

/** A part the probe can play. */
export type Role = 'customer' | 'partner' | 'seller' | 'operator' | 'carrier'

const AT_PAGES = {
  seller: 'seller approves',
  operator: 'operator takes',
  carrier: 'carrier delivers',
} as const satisfies Partial<Record<Role, keyof Acts>>

/** Who sits at a system's page: whoever acts there, else the customer. */
export const roleAt = (acts: Acts, system: string): Role =>
  (['seller', 'operator', 'carrier'] as const).find((role) => acts[AT_PAGES[role]].system === system) ?? 'customer'
