import type { FaultScope } from '../faults/scope.ts'
import { whenThereIs } from './by-hand.ts'
import type { Databases } from './databases.ts'
import type { Act } from './switches.ts'
import type { TellPart } from './tell-part.ts'

const FIND = 'SELECT order_id::text FROM orders WHERE external_reference = $1'

/** The carrier knows an order by its id alone: told of one by its reference, it is told the id as soon as there is one. */
export function carrierSaysNothing(databases: Promise<Databases>, tell: TellPart): Act {
  const name = 'carrier-says-nothing'
  const told = new Map<string, readonly FaultScope[]>()
  const byReference = whenThereIs(
    async () => (await databases).admin.shop,
    async (client, reference) => {
      const { rows } = await client.query<{ order_id: string }>(FIND, [reference])
      const scopes = rows.map((row): FaultScope => ({ kind: 'order', reference: row.order_id }))
      for (const scope of scopes) await tell('carrier', { name, scope, method: 'PUT' })
      if (scopes.length > 0) told.set(reference, scopes)
      return scopes.length > 0
    },
  )
  const isOneOrder = (scope: FaultScope) => scope.kind === 'order' && scope.reference !== 'all'
  return {
    async on(scope) {
      await tell('carrier', { name, scope, method: 'PUT' })
      if (isOneOrder(scope)) await byReference.on(scope)
    },
    async off(scope) {
      await byReference.off(scope)
      const further = scope.kind === 'order' ? (told.get(scope.reference) ?? []) : []
      for (const each of [scope, ...further]) await tell('carrier', { name, scope: each, method: 'DELETE' })
    },
  }
}
