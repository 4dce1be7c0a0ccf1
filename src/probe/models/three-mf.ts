import { Zip, ZipPassThrough } from 'fflate'
import { type Encoding, textPieces } from './encoding.ts'
import { COORDINATE_WIDTH, coordinateText, type Mesh } from './mesh.ts'

const CONTENT_TYPES = `<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>
`
const RELATIONSHIPS = `<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="/3D/3dmodel.model" Id="rel0" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>
`
const MODEL_PART = '3D/3dmodel.model'
const TRIANGLES_OPEN = '</vertices><triangles>\n'
const CLOSE = '</triangles></mesh></object></resources><build><item objectid="1"/></build></model>\n'
/** Of the local header, the data descriptor behind the data, and the directory entry; the name stands in it twice. */
const ENTRY_BYTES = 30 + 16 + 46
const END_BYTES = 22

const opening = (mark: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<model unit="millimeter" xml:lang="en" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><metadata name="Title">ring</metadata><metadata name="Description">${mark}</metadata><resources><object id="1" type="model"><mesh><vertices>
`

/** Tags are padded to one width, outside the values, so that the size of the file is known beforehand. */
const vertexTag = (x: string, y: string, z: string, width: number): string =>
  `${`<vertex x="${x}" y="${y}" z="${z}"`.padEnd(width)}/>\n`
const triangleTag = (a: number, b: number, c: number, width: number): string =>
  `${`<triangle v1="${a}" v2="${b}" v3="${c}"`.padEnd(width)}/>\n`

const VERTEX_WIDTH = '<vertex x="" y="" z=""'.length + 3 * COORDINATE_WIDTH
const TAG_END_BYTES = '/>\n'.length
const triangleWidth = (vertices: number): number => '<triangle v1="" v2="" v3=""'.length + 3 * String(vertices).length

function* modelTexts(mesh: Mesh, mark: string): Generator<string> {
  yield opening(mark)
  const place = new Float64Array(3)
  for (let index = 0; index < mesh.vertices; index++) {
    mesh.vertex(index, place)
    const [x = '', y = '', z = ''] = Array.from(place, coordinateText)
    yield vertexTag(x, y, z, VERTEX_WIDTH)
  }
  yield TRIANGLES_OPEN
  const names = new Uint32Array(3)
  const width = triangleWidth(mesh.vertices)
  for (let index = 0; index < mesh.triangles; index++) {
    mesh.triangle(index, names)
    yield triangleTag(names[0] ?? 0, names[1] ?? 0, names[2] ?? 0, width)
  }
  yield CLOSE
}

/** Hands out what the archive has made so far after every step of the work, so that nothing piles up. */
function* archive(work: (zip: Zip) => Generator<void>): Generator<Uint8Array> {
  let made: Uint8Array[] = []
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error
    made.push(bytes)
  })
  for (const _ of work(zip)) {
    yield* made
    made = []
  }
  zip.end()
  yield* made
}

function* addPart(zip: Zip, name: string, pieces: Iterable<Uint8Array>): Generator<void> {
  // Stored, not deflated: the size of the file is then known beforehand, which a size knob needs.
  const part = new ZipPassThrough(name)
  // One fixed day, in local time as the archive keeps it: the same seed gives the same bytes everywhere.
  part.mtime = new Date(2026, 0, 1)
  zip.add(part)
  for (const piece of pieces) {
    part.push(piece)
    yield
  }
  part.push(new Uint8Array(0), true)
  yield
}

const parts = (mesh: Mesh, mark: string): readonly (readonly [string, Iterable<Uint8Array>])[] => [
  ['[Content_Types].xml', [Buffer.from(CONTENT_TYPES)]],
  ['_rels/.rels', [Buffer.from(RELATIONSHIPS)]],
  [MODEL_PART, textPieces(modelTexts(mesh, mark))],
]

const packed = (name: string, bytes: number): number => ENTRY_BYTES + 2 * name.length + bytes

/** 3MF core: a package of one object; the mark is its description. */
export const threeMf: Encoding = {
  contentType: 'model/3mf',
  extension: '3mf',
  size: (vertices, triangles, { mark }) =>
    END_BYTES +
    packed('[Content_Types].xml', CONTENT_TYPES.length) +
    packed('_rels/.rels', RELATIONSHIPS.length) +
    packed(
      MODEL_PART,
      opening(mark).length +
        vertices * (VERTEX_WIDTH + TAG_END_BYTES) +
        TRIANGLES_OPEN.length +
        triangles * (triangleWidth(vertices) + TAG_END_BYTES) +
        CLOSE.length,
    ),
  pieces: (mesh, { mark }) =>
    archive(function* (zip) {
      for (const [name, pieces] of parts(mesh, mark)) yield* addPart(zip, name, pieces)
    }),
}
