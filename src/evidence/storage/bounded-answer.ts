import { pipeline, Readable, Transform } from 'node:stream'

/** A thousand times what a list of a few keys or an error takes. */
const MOST_BYTES = 1024 * 1024

/**
 * What the client library reads as a whole before it says anything (lists, errors) is cut off where it becomes too much: a server that never stops would
 * fill the memory of this process. The bytes of an object are passed on as they come and need no such bound.
 */
export function boundAnswer(command: string | undefined, response: unknown): void {
  if (typeof response !== 'object' || response === null) return
  if (!('body' in response) || !(response.body instanceof Readable)) return
  const isObject = 'statusCode' in response && Number(response.statusCode) < 300 && command === 'GetObjectCommand'
  if (!isObject) response.body = pipeline(response.body, atMost(MOST_BYTES), () => {})
}

function atMost(limit: number): Transform {
  let bytes = 0
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      if (bytes > limit) done(new Error(`answered more than ${limit} bytes`))
      else done(null, chunk)
    },
  })
}
