/** A part the probe can play. */
export type Role = 'customer' | 'partner' | 'seller' | 'operator' | 'carrier'

/** The system (id in the contract) through which each role acts. */
export const WORKPLACES: Readonly<Record<Role, string>> = {
  customer: 'shop',
  partner: 'mes',
  seller: 'crm',
  operator: 'mes',
  carrier: 'carrier',
}

/** Who sits at a system's page. */
export const AT_PAGE: Readonly<Record<string, Role>> = { crm: 'seller', mes: 'operator', carrier: 'carrier' }
