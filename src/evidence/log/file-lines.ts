import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { WaybillError } from '../../shared/errors.ts'

/** One line of a file. `ended` is false for a last line without its newline. */
export interface FileLine {
  readonly text: string
  readonly number: number
  readonly ended: boolean
  /** Its length in the file, newline included; in a compressed file, of what is compressed. */
  readonly bytes: number
}

/** A line longer than this is no evidence of ours and is not taken into memory. */
const LONGEST_LINE_BYTES = 256 * 1024 * 1024
const NEWLINE = 0x0a

/** True for the first bytes of a gzip file. */
export const isGzip = (beginning: Uint8Array): boolean => beginning[0] === 0x1f && beginning[1] === 0x8b

/**
 * The lines of a file, plain or gzip, one in memory at a time. When a gzip file ends too early, what can be had
 * of the line at which it ends is given as one that has not `ended`, even when that is nothing. Throws `bad-capture` for a damaged file.
 */
export async function* fileLines(bytes: Readable, gzip: boolean, name: string): AsyncGenerator<FileLine> {
  let pieces: Buffer[] = []
  let held = 0
  let number = 1
  let cutOff = false
  const onCutOff = () => {
    cutOff = true
  }
  for await (const chunk of gzip ? inflated(bytes, onCutOff, () => `${name}:${number}`) : bytes) {
    let rest: Buffer = chunk
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      pieces.push(rest.subarray(0, end))
      yield { text: Buffer.concat(pieces).toString('utf8'), number, ended: true, bytes: held + end + 1 }
      number++
      pieces = []
      held = 0
      rest = rest.subarray(end + 1)
    }
    if (rest.length > 0) pieces.push(rest)
    held += rest.length
    if (held > LONGEST_LINE_BYTES) {
      const message = `This line is longer than ${LONGEST_LINE_BYTES} bytes.`
      throw new WaybillError({ code: 'bad-capture', place: `${name}:${number}`, message })
    }
  }
  if (pieces.length > 0 || cutOff)
    yield { text: Buffer.concat(pieces).toString('utf8'), number, ended: false, bytes: held }
}

async function* inflated(bytes: Readable, onCutOff: () => void, place: () => string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  bytes.on('error', (error) => gunzip.destroy(error))
  try {
    yield* bytes.pipe(gunzip)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === 'Z_BUF_ERROR') return onCutOff()
    if (!code.startsWith('Z_')) throw cause
    const message = `The compressed file is damaged (${code}).`
    throw new WaybillError({ code: 'bad-capture', place: place(), message, cause })
  } finally {
    bytes.destroy()
  }
}
