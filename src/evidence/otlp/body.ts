import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Refusal } from './refusal.ts'

const inflate = promisify(gunzip)

/** Reads request bodies within bounds of memory. */
export interface BodyReader {
  /**
   * Reads and inflates the body and gives it to `take`, until whose return it counts as being read. Rejects with a `Refusal` when it is
   * too large, broken or there is no room for it now.
   */
  read<T>(request: IncomingMessage, gzipped: boolean, take: (body: Buffer) => T): Promise<T>
}

export interface BodyLimits {
  /** Most bytes of one body, before and after inflating. */
  readonly maxBodyBytes: number
  /** Most bytes of all bodies being read together, as they came. */
  readonly maxInFlightBytes: number
  /** Most bodies inflated at a time, since what one grows to is known only afterwards. */
  readonly maxInflating: number
}

const MAX_WAITING_TO_INFLATE = 64

export function createBodyReader(limits: BodyLimits): BodyReader {
  let inFlight = 0
  let inflating = 0
  const queue: (() => void)[] = []

  const tooLarge = () => new Refusal('too-large', `The request is larger than ${limits.maxBodyBytes} bytes.`)
  const overloaded = () => new Refusal('unavailable', 'Too many requests are being read at once; try again.')

  /** Collects the body, telling `hold` of every piece. */
  const collect = (request: IncomingMessage, hold: (bytes: number) => void): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let length = 0
      const refuse = (refusal: Refusal) => {
        request.removeAllListeners('data')
        reject(refusal)
      }
      const cutOff = () => reject(new Refusal('malformed', 'The request was cut off.'))
      request.on('data', (chunk: Buffer) => {
        length += chunk.length
        hold(chunk.length)
        if (length > limits.maxBodyBytes) return refuse(tooLarge())
        if (inFlight > limits.maxInFlightBytes) return refuse(overloaded())
        chunks.push(chunk)
      })
      request.once('end', () => {
        // Every request is closed in the end; an error for each, stack and all, is dear.
        request.off('close', cutOff)
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length))
      })
      request.once('error', cutOff)
      request.once('close', cutOff)
    })

  const inflateOne = async (body: Buffer): Promise<Buffer> => {
    if (inflating >= limits.maxInflating) {
      if (queue.length >= MAX_WAITING_TO_INFLATE) throw overloaded()
      await new Promise<void>((resolve) => void queue.push(resolve))
    } else inflating++
    try {
      return await inflate(body, { maxOutputLength: limits.maxBodyBytes })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
      throw new Refusal('malformed', 'The body is not valid gzip.')
    } finally {
      const next = queue.shift()
      if (next === undefined) inflating--
      else next()
    }
  }

  return {
    read: async (request, gzipped, take) => {
      if (Number(request.headers['content-length'] ?? 0) > limits.maxBodyBytes) throw tooLarge()
      let held = 0
      const hold = (bytes: number) => {
        held += bytes
        inFlight += bytes
      }
      try {
        const body = await collect(request, hold)
        return take(gzipped && body.length > 0 ? await inflateOne(body) : body)
      } finally {
        inFlight -= held
      }
    },
  }
}
