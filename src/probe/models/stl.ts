import { type Encoding, recordPieces, textPieces } from './encoding.ts'
import { COORDINATE_WIDTH, coordinateText, cornersOf, type Mesh } from './mesh.ts'

const HEADER_BYTES = 84
const LABEL_BYTES = 80
const FACET_BYTES = 50
const FIRST_CORNER_OFFSET = 12

/** Writes the unit normal of the triangle whose corners are in `corners` to `out`. */
function normalOf(corners: Float64Array, out: Float64Array): void {
  const at = (index: number): number => corners[index] ?? 0
  const edge = (to: number, axis: number): number => at(to + axis) - at(axis)
  const x = edge(3, 1) * edge(6, 2) - edge(3, 2) * edge(6, 1)
  const y = edge(3, 2) * edge(6, 0) - edge(3, 0) * edge(6, 2)
  const z = edge(3, 0) * edge(6, 1) - edge(3, 1) * edge(6, 0)
  const length = Math.hypot(x, y, z) || 1
  out[0] = x / length
  out[1] = y / length
  out[2] = z / length
}

/** Binary STL. The mark stands in the header, which begins with no "solid", lest it be taken for text. */
export const binaryStl: Encoding = {
  contentType: 'model/stl',
  extension: 'stl',
  size: (_, triangles) => HEADER_BYTES + FACET_BYTES * triangles,
  *pieces(mesh, seed) {
    const header = Buffer.alloc(HEADER_BYTES)
    header.write(seed.mark, 0, LABEL_BYTES, 'latin1')
    header.writeUInt32LE(mesh.triangles, LABEL_BYTES)
    yield header

    const names = new Uint32Array(3)
    const corners = new Float64Array(9)
    const normal = new Float64Array(3)
    yield* recordPieces(mesh.triangles, FACET_BYTES, (index, piece, offset) => {
      cornersOf(mesh, index, names, corners)
      normalOf(corners, normal)
      normal.forEach((value, axis) => void piece.writeFloatLE(value, offset + axis * 4))
      corners.forEach((value, at) => void piece.writeFloatLE(value, offset + FIRST_CORNER_OFFSET + at * 4))
    })
  },
}

const padded = (value: number): string => coordinateText(value).padStart(COORDINATE_WIDTH)

const point = (values: Float64Array, at: number): string =>
  `${padded(values[at] ?? 0)} ${padded(values[at + 1] ?? 0)} ${padded(values[at + 2] ?? 0)}`

function facetText(corners: Float64Array, normal: Float64Array): string {
  const vertex = (at: number): string => `vertex ${point(corners, at)}\n`
  return `facet normal ${point(normal, 0)}\nouter loop\n${vertex(0)}${vertex(3)}${vertex(6)}endloop\nendfacet\n`
}

const FACET_TEXT_BYTES = facetText(new Float64Array(9), new Float64Array(3)).length

function* facetTexts(mesh: Mesh, label: string): Generator<string> {
  yield `solid ${label}\n`
  const names = new Uint32Array(3)
  const corners = new Float64Array(9)
  const normal = new Float64Array(3)
  for (let index = 0; index < mesh.triangles; index++) {
    cornersOf(mesh, index, names, corners)
    normalOf(corners, normal)
    yield facetText(corners, normal)
  }
  yield `endsolid ${label}\n`
}

/** ASCII STL; the mark is the name of the solid. */
export const asciiStl: Encoding = {
  contentType: 'model/stl',
  extension: 'stl',
  size: (_, triangles, { mark }) => FACET_TEXT_BYTES * triangles + `solid ${mark}\nendsolid ${mark}\n`.length,
  pieces: (mesh, { mark }) => textPieces(facetTexts(mesh, mark)),
}
