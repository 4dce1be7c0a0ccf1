import { asWaybillError, WaybillError } from '../../shared/errors.ts'
import { type DecodedLine, decodeLine } from '../codec.ts'
import type { FileLine } from './file-lines.ts'

/** One evidence line of a file, as it stands there and as it reads. */
export interface ReadLine extends DecodedLine, FileLine {}

/**
 * Decodes the lines of an evidence file. A last line that was torn, as a crash or a full disk leaves it, goes to `onTorn` after
 * everything before it was given; any other bad line is thrown as `bad-capture` with file and line.
 */
export async function* readEvidence(
  lines: AsyncIterable<FileLine>,
  name: string,
  onTorn: (trouble: WaybillError) => void,
): AsyncGenerator<ReadLine> {
  for await (const line of lines) {
    const place = `${name}:${line.number}`
    try {
      yield { ...line, ...decodeLine(line.text, place) }
    } catch (error) {
      if (line.ended) throw error
      onTorn(torn(place, line.text, error))
    }
  }
}

const torn = (place: string, text: string, cause: unknown): WaybillError =>
  new WaybillError({
    code: 'bad-capture',
    place,
    message: `The file ends in the middle of a record (${text.length} characters of it are there); the records before it are whole.`,
    cause: asWaybillError(cause),
  })
