import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { SandboxReady } from '../../../src/sandbox/ready.ts'
import { eventually } from './eventually.ts'

const answered = z.object({ orderId: z.string(), status: z.string() })
const view = z.object({
  orderId: z.string(),
  externalReference: z.string(),
  status: z.string(),
  priceCents: z.number().nullable(),
  updatedAt: z.string(),
  history: z.array(z.object({ status: z.string(), at: z.iso.datetime() })),
})

export type System = 'shop' | 'crm' | 'mes'

/** A traceparent as a probe would send it. */
export interface Step {
  readonly traceId: string
  readonly headers: Readonly<Record<string, string>>
}

function newStep(): Step {
  const traceId = randomBytes(16).toString('hex')
  return {
    traceId,
    headers: {
      traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
      baggage: 'synthetic=1,waybill.run=test',
      'x-synthetic-order': '1',
    },
  }
}

/** A small closed model as binary STL. */
export function tetrahedron(): Buffer {
  const corners = [
    [0, 0, 0],
    [10, 0, 0],
    [0, 10, 0],
    [0, 0, 10],
  ] as const
  const facets = [
    [0, 2, 1],
    [0, 1, 3],
    [0, 3, 2],
    [1, 2, 3],
  ] as const
  const file = Buffer.alloc(84 + facets.length * 50)
  file.write('test model')
  file.writeUInt32LE(facets.length, 80)
  facets.forEach((facet, i) => {
    facet.forEach((corner, j) => {
      corners[corner].forEach((coordinate, k) => {
        file.writeFloatLE(coordinate, 84 + i * 50 + 12 + j * 12 + k * 4)
      })
    })
  })
  return file
}

export async function call(
  base: string,
  method: string,
  path: string,
  options: { step?: Step; body?: unknown; headers?: Record<string, string> } = {},
) {
  const { step = newStep(), body, headers = {} } = options
  const raw = Buffer.isBuffer(body)
  const response = await fetch(new URL(path, base), {
    method,
    headers: {
      ...step.headers,
      ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? new Uint8Array(body) : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, json: (): unknown => JSON.parse(text), traceId: step.traceId }
}

/** Customer, seller, operator, carrier and partner of one sandbox, over HTTP only. */
export function createPeople(sandbox: SandboxReady) {
  const base = { shop: sandbox.shop, crm: sandbox.crm, mes: sandbox.mes }
  const ok = (answer: Awaited<ReturnType<typeof call>>) => {
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`)
    return { ...answered.parse(answer.json()), traceId: answer.traceId }
  }
  const create = (reference: string) =>
    call(base.shop, 'POST', '/api/orders', {
      body: {
        customer: { id: 'synthetic-7', name: 'Planted Name', email: 'planted@example.com', phone: '+49 30 555 0100' },
        externalReference: reference,
        item: 'a ring',
      },
    })
  const upload = (orderId: string, model = tetrahedron()) =>
    call(base.shop, 'PUT', `/api/orders/${orderId}/model`, {
      body: model,
      headers: { 'content-type': 'model/stl', 'x-file-name': 'ring.stl', 'x-storage-prefix': 'synthetic/' },
    })
  const submit = (orderId: string) => call(base.shop, 'POST', `/api/orders/${orderId}/submit`)
  const look = async (system: System, orderId: string) => {
    const answer = await call(base[system], 'GET', `/api/orders/${orderId}`)
    return answer.status === 200 ? view.parse(answer.json()) : undefined
  }
  const act = async (system: System, orderId: string, verb: string) =>
    ok(await call(base[system], 'POST', `/api/orders/${orderId}/${verb}`))

  return {
    create,
    upload,
    submit,
    look,
    act,
    /** A customer's order up to SUBMITTED. */
    async places(reference = `SYN-${randomBytes(4).toString('hex')}`, model?: Buffer) {
      const created = ok(await create(reference))
      const uploaded = ok(await upload(created.orderId, model))
      const submitted = ok(await submit(created.orderId))
      return { orderId: created.orderId, reference, created, uploaded, submitted }
    },
    async partnerPlaces(reference = `SYN-${randomBytes(4).toString('hex')}`) {
      const answer = await call(base.mes, 'POST', '/partner/orders', {
        body: tetrahedron(),
        headers: {
          'content-type': 'model/stl',
          'x-partner-id': 'synthetic-partner',
          'x-external-reference': reference,
        },
      })
      return { ...ok(answer), reference }
    },
    sees: (system: System, orderId: string, status: string) =>
      eventually(`${system} shows ${orderId} in ${status}`, async () => {
        const seen = await look(system, orderId)
        return seen?.status === status ? seen : undefined
      }),
    delivers: async (orderId: string) => ok(await call(sandbox.carrier, 'POST', `/api/parcels/${orderId}/delivered`)),
  }
}
