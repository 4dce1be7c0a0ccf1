import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** One address the systems send their spans to; each export goes on to every monitor, whatever becomes of it there. */
export interface SpanRelay {
  readonly url: string
  /** From now on exports go to this receiver too. */
  add(receiver: string): void
  stop(): Promise<void>
}

const LIMIT_MS = 10_000

export async function startRelay(): Promise<SpanRelay> {
  const receivers: string[] = []
  const server = createServer((request, response) => {
    const type = request.headers['content-type'] ?? 'application/x-protobuf'
    const encoding = request.headers['content-encoding']
    buffer(request)
      .then((body) => {
        for (const receiver of receivers) {
          const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) }
          const sent = { method: 'POST', headers, body: new Uint8Array(body), signal: AbortSignal.timeout(LIMIT_MS) }
          fetch(`${receiver}${request.url ?? ''}`, sent).then(
            (answer) => answer.arrayBuffer().catch(() => {}),
            () => {},
          )
        }
        response.writeHead(200, { 'content-type': type }).end(type.includes('json') ? '{}' : '')
      })
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The relay has no port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    add: (receiver) => void receivers.push(receiver),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
