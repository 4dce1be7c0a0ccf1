import type { FastifyInstance, FastifyRequest } from 'fastify'
import { delay } from '../../shared/wait.ts'

/** Keeps a request waiting for `limitMs`, less when its client goes away or the server stops. */
export type Hold = (request: FastifyRequest, limitMs: number) => Promise<void>

/** How a server waits that waits for nothing. */
export function createHold(server: FastifyInstance): Hold {
  const stopping = new AbortController()
  server.addHook('preClose', async () => stopping.abort())
  return async ({ raw: { socket } }, limitMs) => {
    const gone = new AbortController()
    const leave = () => gone.abort()
    socket.once('close', leave)
    await delay(limitMs, AbortSignal.any([stopping.signal, gone.signal])).catch(() => {})
    socket.off('close', leave)
  }
}
