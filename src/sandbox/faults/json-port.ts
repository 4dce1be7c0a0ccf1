import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Secret } from '../../shared/secret.ts'

export interface ControlRequest {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

export interface ControlAnswer {
  readonly status: number
  readonly body?: unknown
}

const MAX_BODY_BYTES = 4096

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const allowed = (request: IncomingMessage, token: Secret): boolean =>
  timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token.reveal()}`))

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_BODY_BYTES) throw new RangeError('body too large')
    parts.push(part)
  }
  return size === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString('utf8'))
}

/** A small loopback JSON server behind a bearer token, apart from the business server so that nothing of it is traced or logged. */
export async function openJsonPort(
  { port, token }: { readonly port: number; readonly token: Secret },
  answer: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const respond = async (request: IncomingMessage): Promise<ControlAnswer> => {
    if (!allowed(request, token)) return { status: 401, body: { error: 'The token is missing or wrong.' } }
    try {
      const body = await readBody(request)
      return await answer({ method: request.method ?? '', path: request.url ?? '', body })
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) {
        return { status: 400, body: { error: 'The body is no small JSON document.' } }
      }
      return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } }
    }
  }
  const server = createServer((request, response) => {
    void respond(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(body === undefined ? '' : JSON.stringify(body))
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
