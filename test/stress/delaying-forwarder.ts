import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * A process of its own between the systems and the monitor: holds every export for a random time up to the number of milliseconds in its first
 * argument, then forwards it. Tells its port to the parent, which tells it where to forward to; exports wait until it has.
 */
const longestMs = Number(process.argv[2])
const target = Promise.withResolvers<URL>()
process.on('message', (to) => target.resolve(new URL(String(to))))
process.on('disconnect', () => process.exit(0))

const forward = async (from: IncomingMessage, back: ServerResponse): Promise<void> => {
  const parts: Buffer[] = []
  for await (const part of from as AsyncIterable<Buffer>) parts.push(part)
  await pause(Math.random() * longestMs)
  const to = new URL(from.url ?? '/', await target.promise)
  const onward = send(to, { method: from.method ?? 'POST', headers: { ...from.headers, host: to.host } })
  onward.end(Buffer.concat(parts))
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  back.writeHead(answer.statusCode ?? 502, answer.headers)
  answer.pipe(back)
}

const server = createServer((from, back) => {
  forward(from, back).catch(() => back.writeHead(503).end())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
})
