import { trace } from '@opentelemetry/api'
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify'
import { z } from 'zod'
import { names } from '../names/names.ts'
import { recordFailure } from '../telemetry/spans.ts'
import type { Log } from './log.ts'
import { Refusal } from './refusal.ts'
import { hearPath, sayPath, speakInAnswers } from './wire-hooks.ts'

const MAX_BODY_BYTES = 64 * 1024

/** `/api/orders/:orderId` as the conventions write a route: `/api/orders/{orderId}`. */
const routeTemplate = (request: FastifyRequest): string | undefined => {
  const template = request.routeOptions.url?.replaceAll(/:(\w+)/g, '{$1}')
  return template === undefined ? undefined : sayPath(template)
}

/**
 * The HTTP side every service has: errors as sentences, the route on the server span, health.
 * `healthy` answers with what is wrong, or undefined.
 */
export function createServer(log: Log, healthy: () => Promise<string | undefined>): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    requestTimeout: 0,
    ...(names.disguised ? { rewriteUrl: hearPath } : {}),
  })
  speakInAnswers(server)

  server.addHook('onRequest', async (request) => {
    const route = routeTemplate(request)
    const span = trace.getActiveSpan()
    if (route === undefined || span === undefined) return
    span.updateName(`${request.method} ${route}`)
    span.setAttribute('http.route', route)
  })

  // As this machine's clock has it, like everything else this process tells.
  server.addHook('onSend', async (_, reply) => void reply.header('date', new Date().toUTCString()))

  server.setErrorHandler(async (error, request, reply) => {
    const status = statusOf(error)
    const message = error instanceof Error ? error.message : String(error)
    if (status >= 500) {
      recordFailure(trace.getActiveSpan(), error)
      log.error({ err: error, method: request.method, route: routeTemplate(request) }, 'request failed')
    } else {
      trace.getActiveSpan()?.setAttribute('error.type', String(status))
      log.warn({ method: request.method, route: routeTemplate(request), status, reason: message }, 'request refused')
    }
    return reply.code(status).send({ error: status >= 500 ? 'Something went wrong on our side.' : message })
  })

  server.setNotFoundHandler(async (_, reply) => reply.code(404).send({ error: 'There is nothing here.' }))

  server.get('/health', async (_, reply) => {
    const trouble = await healthy()
    if (trouble !== undefined) return reply.code(503).send({ status: 'unhealthy', reason: trouble })
    return { status: 'ok' }
  })

  // Asks nothing of database or broker, and leaves a span: by it clocks can be compared.
  server.get('/ping', async () => ({ status: 'ok' }))

  return server
}

const statusOf = (error: unknown): number => {
  if (error instanceof Refusal) return error.statusCode
  if (error instanceof z.ZodError) return 400
  const status: unknown = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}

/** The parsed value, or a 400 whose sentence names every mistake. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const mistakes = read.error.issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  throw new Refusal(400, `The ${what} is wrong: ${mistakes.join('; ')}.`)
}
