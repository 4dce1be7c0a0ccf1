import type { Mesh } from './mesh.ts'
import type { Seed } from './seed.ts'

/** One way of writing a mesh into a file. */
export interface Encoding {
  /** Media type as registered with IANA. */
  readonly contentType: string
  readonly extension: string
  /** The exact size of the file with this many vertices and triangles and this mark, in bytes. */
  size(vertices: number, triangles: number, seed: Seed): number
  /** The file piece by piece; the next piece is made when it is asked for. */
  pieces(mesh: Mesh, seed: Seed): Generator<Uint8Array>
}

const PIECE_BYTES = 131_072

/** Text as pieces of bytes of a reasonable size. */
export function* textPieces(lines: Iterable<string>): Generator<Uint8Array> {
  let text = ''
  for (const line of lines) {
    text += line
    if (text.length < PIECE_BYTES) continue
    yield Buffer.from(text, 'latin1')
    text = ''
  }
  if (text !== '') yield Buffer.from(text, 'latin1')
}

/** `count` records of `bytes` bytes each as pieces of a reasonable size; `write` fills the record at an offset. */
export function* recordPieces(
  count: number,
  bytes: number,
  write: (index: number, piece: Buffer, offset: number) => void,
): Generator<Uint8Array> {
  const records = Math.max(1, Math.floor(PIECE_BYTES / bytes))
  for (let first = 0; first < count; first += records) {
    const piece = Buffer.alloc(Math.min(records, count - first) * bytes)
    for (let offset = 0; offset < piece.length; offset += bytes) write(first + offset / bytes, piece, offset)
    yield piece
  }
}
