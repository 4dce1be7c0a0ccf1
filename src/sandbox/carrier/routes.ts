import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Switchboard } from '../faults/switchboard.ts'
import { names } from '../names/names.ts'
import { forOrder, orderIdOf } from '../service/order-request.ts'
import { Refusal, unknownOrder } from '../service/refusal.ts'
import type { Speed } from '../service/settings.ts'
import { sayPath } from '../service/wire-hooks.ts'
import { learnOrder } from '../telemetry/order-scope.ts'

const PATIENCE: Readonly<Record<Speed, { readonly attempts: number; readonly pauseMs: number }>> = {
  fast: { attempts: 10, pauseMs: 150 },
  realistic: { attempts: 10, pauseMs: 10_000 },
}
const CALL_LIMIT_MS = 10_000

const answer = z.object({ status: z.string().optional(), error: z.string().optional() })

export interface CarrierParts {
  readonly crmUrl: string
  readonly switches: Switchboard
  readonly speed: Speed
}

/** The carrier: reports a delivered parcel to the CRM, and reports again while the CRM does not yet know that it was sent. */
export function addCarrierRoutes(server: FastifyInstance, { crmUrl, switches, speed }: CarrierParts): void {
  const { attempts, pauseMs } = PATIENCE[speed]

  const report = async (orderId: string) => {
    const response = await fetch(new URL(sayPath('/api/deliveries'), crmUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(names.document.say({ orderId })),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    })
    const body = answer.safeParse(names.document.hear(await response.json().catch(() => undefined)))
    return { code: response.status, ...(body.success ? body.data : {}) }
  }

  server.post('/api/parcels/:orderId/delivered', async (request) => {
    const orderId = orderIdOf(request)
    return forOrder('parcel.delivered', { orderId, status: 'SHIPPED', endUser: 'carrier' }, async () => {
      if (switches.active('carrier-says-nothing', { orderId })) return { orderId, status: 'CLOSED' }
      for (let attempt = 1; ; attempt++) {
        const { code, status, error } = await report(orderId)
        if (code === 200) {
          learnOrder({ status: 'CLOSED' })
          return { orderId, status: status ?? 'CLOSED' }
        }
        if (code === 404) throw unknownOrder(orderId)
        if (code !== 409) throw new Error(`the receiver of delivery notes answered ${code}`)
        if (attempt >= attempts) throw new Refusal(409, error ?? 'The order cannot be delivered.')
        await sleep(pauseMs)
      }
    })
  })
}
