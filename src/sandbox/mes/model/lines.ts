import type { ByteReader } from './byte-reader.ts'
import { UnreadableModel } from './unreadable-model.ts'

const LONGEST_LINE = 1_048_576

/**
 * Hands every line of a text to `take`, without its line end. Returns whether the last line had one.
 * Latin 1 on purpose: numbers and keywords are ASCII, and no byte sequence is wrong in it.
 */
export async function eachLine(reader: ByteReader, take: (line: string) => void): Promise<boolean> {
  let rest = ''
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_LINE) throw new UnreadableModel('The model has a line longer than a megabyte.')
    for (const line of lines) take(line)
  }
  if (rest !== '') take(rest)
  return rest === ''
}
