import { createWriteStream } from 'node:fs'
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'

/**
 * Takes OTLP over HTTP on a free loopback port and writes every export request, as it came, as one line of `file`:
 * `{"receivedAt", "contentType", "body"}`, the body in base64.
 */
export async function receiveOtlp(file) {
  const lines = createWriteStream(file)
  const server = createServer((request, response) => {
    const pieces = []
    request.on('data', (piece) => pieces.push(piece))
    request.on('end', () => {
      const receivedAt = new Date().toISOString()
      const contentType = request.headers['content-type']
      const sent = Buffer.concat(pieces)
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
      lines.write(`${JSON.stringify({ receivedAt, contentType, body: body.toString('base64') })}\n`)
      response.writeHead(200, { 'content-type': contentType }).end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    stop: async () => {
      await new Promise((resolve) => server.close(resolve))
      await new Promise((resolve) => lines.end(resolve))
    },
  }
}
