import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { names } from '../names/names.ts'

/** Asked for under a path of ours: the system has no such place. */
const NOWHERE = '/-'

/** A path as the wire has it, with its query. */
export const sayPath = (path: string): string => names.path.say(path)

/** A path of the wire under our names; one that is under ours already leads nowhere. */
export function hearPath({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  return names.path.say(url) === url ? names.path.hear(url) : NOWHERE
}

const isDocument = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype

/** Headers of the wire under our names; those that are under ours already are strange to the system. */
function hearHeaders(headers: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (names.requestHeader.say(name) !== name) delete headers[name]
    const ours = names.requestHeader.hear(name)
    if (ours === name) continue
    delete headers[name]
    headers[ours] = value
  }
}

/** Has a server understand and answer in the names of the wire. Must come before its routes. */
export function speakInAnswers(server: FastifyInstance): void {
  if (!names.disguised) return
  server.addHook('onRequest', async ({ raw }) => hearHeaders(raw.headers))
  server.addHook('preValidation', async (request) => {
    if (isDocument(request.body)) request.body = names.document.hear(request.body)
  })
  server.addHook('preSerialization', async (_request, _reply, payload: unknown) => {
    const refused = typeof payload === 'object' && payload !== null && 'error' in payload ? payload.error : undefined
    const told = typeof refused === 'string' ? { ...Object(payload), error: names.talk.say(refused) } : payload
    return names.document.say(told)
  })
}
