import { type ByteReader, createByteReader } from './byte-reader.ts'
import { readThreeMf } from './read-3mf.ts'
import { readGlb } from './read-glb.ts'
import { readObj } from './read-obj.ts'
import { readAsciiStl, readBinaryStl } from './read-stl.ts'
import type { SurfaceSum } from './surface.ts'
import { UnreadableModel } from './unreadable-model.ts'

export type ModelFormat = 'stl' | 'obj' | '3mf' | 'glb'

/** What a model amounts to for its price. */
export interface ModelMeasure {
  readonly format: ModelFormat
  readonly triangles: number
  /** Null when the surface is not closed, or too large to be measured in bounded memory. */
  readonly volumeMm3: number | null
}

const SNIFFED_BYTES = 1_024
const OBJ_LINE = /^\s*(?:#|(?:v|vn|vt|vp|f|l|p|o|g|s|mtllib|usemtl)\s)/
const ZIP_MARK = Buffer.from([0x50, 0x4b, 0x03, 0x04])

interface Kind {
  readonly format: ModelFormat
  readonly read: (reader: ByteReader) => Promise<SurfaceSum>
}

const isText = (bytes: Buffer): boolean =>
  bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)

/** What kind of model a file is by its first bytes. A binary STL has no mark of its own; its reader checks its size. */
function recognise(start: Buffer): Kind | undefined {
  if (start.subarray(0, 4).toString('latin1') === 'glTF') return { format: 'glb', read: readGlb }
  if (start.subarray(0, 4).equals(ZIP_MARK)) return { format: '3mf', read: readThreeMf }
  if (!isText(start)) return { format: 'stl', read: readBinaryStl }
  const text = start.toString('utf8').replace(/^\uFEFF/, '')
  if (/^\s*solid\b/i.test(text)) return { format: 'stl', read: readAsciiStl }
  if (OBJ_LINE.test(text)) return { format: 'obj', read: readObj }
  return undefined
}

/**
 * Reads a 3D model as it streams by and measures it. The content alone says which format it is; `contentType` only helps to
 * say what was wrong. Throws `UnreadableModel` for anything that is no whole model.
 */
export async function readModel(stream: AsyncIterable<Uint8Array>, contentType: string): Promise<ModelMeasure> {
  const reader = createByteReader(stream)
  try {
    const start = await reader.peek(SNIFFED_BYTES)
    if (start.length === 0) throw new UnreadableModel('The model is an empty file.')
    const kind = recognise(start)
    if (kind === undefined) {
      throw new UnreadableModel(`The file, sent as ${contentType}, is neither STL, OBJ, 3MF nor GLB.`)
    }
    const { triangles, volume } = await kind.read(reader)
    if (triangles === 0) throw new UnreadableModel('The model has no triangles.')
    return { format: kind.format, triangles, volumeMm3: volume }
  } finally {
    await reader.close()
  }
}
