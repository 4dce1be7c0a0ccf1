import { createHash } from 'node:crypto'
import { plantedIn } from '../../evidence/planted.ts'

const LONGEST_LABEL = 48

/** What one seed turns into: numbers that shape a model, and a mark that makes its bytes its own. */
export interface Seed {
  /** Sixteen hex digits. */
  readonly tag: string
  /** The planted word and the readable seed in printable ASCII, safe in a header, a comment or XML; at most 73 characters. */
  readonly mark: string
  /** The `index`-th number of this seed, evenly spread over `low` to `high`; `index` below 7. */
  between(index: number, low: number, high: number): number
}

/** The same text always gives the same seed; its numbers come from `shape`, where one is named. */
export function createSeed(text: string, shape: string = text): Seed {
  const hash = createHash('sha256').update(text).digest()
  const measures = createHash('sha256').update(shape).digest()
  const tag = hash.toString('hex', 0, 8)
  const label = text.replace(/[^A-Za-z0-9._:/-]/g, '_').slice(0, LONGEST_LABEL)
  return {
    tag,
    // A word of the content that is nowhere else: seen outside the file, it gives away that the content was let out.
    mark: `waybill ${plantedIn(text).model} ${label}`,
    between: (index, low, high) => low + ((high - low) * measures.readUInt32LE(4 + index * 4)) / 0x1_0000_0000,
  }
}
