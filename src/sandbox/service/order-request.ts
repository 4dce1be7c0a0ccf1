import { context, propagation } from '@opentelemetry/api'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { names } from '../names/names.ts'
import { enterOrder, type OrderFacts } from '../telemetry/order-scope.ts'
import { unknownOrder } from './refusal.ts'
import { parseInput } from './server.ts'

const parameters = z.object({ orderId: z.string() })

/** The order id of the path; what is no order's name is nobody's. */
export function orderIdOf(request: FastifyRequest): string {
  const { orderId } = parseInput(parameters, request.params, 'path')
  if (!names.orderId.safeParse(orderId).success) throw unknownOrder(orderId.slice(0, 100))
  return orderId
}

/** Runs the work of a request for one order, so that all its spans carry the order's attributes. */
export const forOrder = <T>(event: string, facts: OrderFacts, work: () => Promise<T>): Promise<T> =>
  context.with(enterOrder(event, facts), work)

const headerText = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The acting person, as the front door in front of the page would tell; the role where nobody does. */
export const actingPerson = (request: FastifyRequest, role: string): string =>
  headerText(request, 'x-user-id')?.slice(0, 100) ?? role

/** Whether the request carries the mark of a test order, as header or as baggage. */
export function isSynthetic(request: FastifyRequest): boolean {
  const header = headerText(request, 'x-synthetic-order')
  if (header !== undefined && header !== '0') return true
  return propagation.getBaggage(context.active())?.getEntry(names.messageHeader.say('synthetic'))?.value === '1'
}
