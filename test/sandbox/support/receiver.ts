import { once } from 'node:events'
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

const value = z.union([
  z.object({ stringValue: z.string() }).transform((v) => v.stringValue),
  z.object({ intValue: z.coerce.number() }).transform((v) => v.intValue),
  z.object({ doubleValue: z.number() }).transform((v) => v.doubleValue),
  z.object({ boolValue: z.boolean() }).transform((v) => v.boolValue),
  z.object({ arrayValue: z.unknown() }).transform((v) => JSON.stringify(v.arrayValue)),
])
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((list) => Object.fromEntries(list.map((each) => [each.key, each.value])))
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.coerce.bigint(),
  endTimeUnixNano: z.coerce.bigint(),
  attributes,
  events: z.array(z.object({ name: z.string(), attributes })).default([]),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
  status: z.object({ code: z.number().default(0), message: z.string().optional() }).default({ code: 0 }),
})
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ scope: z.object({ name: z.string() }), spans: z.array(span) })),
    }),
  ),
})

/** A span as the order system exported it, with the service and instance that did. */
export type SeenSpan = z.output<typeof span> & {
  readonly service: string
  readonly scope: string
  readonly resource: Readonly<Record<string, unknown>>
}

export const SPAN_KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

/** A tiny OTLP/JSON receiver: keeps every span, and the bodies as they came. */
export async function startReceiver() {
  const spans: SeenSpan[] = []
  const bodies: string[] = []
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const raw = Buffer.concat(parts)
      const body = (incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString('utf8')
      bodies.push(body)
      for (const { resource, scopeSpans } of request.parse(JSON.parse(body)).resourceSpans) {
        for (const { scope, spans: list } of scopeSpans) {
          const service = String(resource.attributes['service.name'])
          spans.push(...list.map((each) => ({ ...each, service, scope: scope.name, resource: resource.attributes })))
        }
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    ofOrder: (orderId: string) => spans.filter((each) => each.attributes['order.id'] === orderId),
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>
