import { type Encoding, textPieces } from './encoding.ts'
import { COORDINATE_WIDTH, coordinateText, type Mesh } from './mesh.ts'

const VERTEX_BYTES = 'v '.length + 3 * (COORDINATE_WIDTH + 1)
const heading = (mark: string): string => `# ${mark}\no ring\n`

/** Digits of the largest index: all are padded to it, so that the size of the file is known beforehand. */
const indexWidth = (vertices: number): number => String(vertices).length

const padded = (mm = 0): string => coordinateText(mm).padStart(COORDINATE_WIDTH)
const indexText = (name = 0, width = 0): string => String(name + 1).padStart(width)

function* lines(mesh: Mesh, mark: string): Generator<string> {
  yield heading(mark)
  const place = new Float64Array(3)
  for (let index = 0; index < mesh.vertices; index++) {
    mesh.vertex(index, place)
    yield `v ${padded(place[0])} ${padded(place[1])} ${padded(place[2])}\n`
  }
  const names = new Uint32Array(3)
  const width = indexWidth(mesh.vertices)
  for (let index = 0; index < mesh.triangles; index++) {
    mesh.triangle(index, names)
    yield `f ${indexText(names[0], width)} ${indexText(names[1], width)} ${indexText(names[2], width)}\n`
  }
}

/** Wavefront OBJ; the mark is a comment in the first line. */
export const obj: Encoding = {
  contentType: 'model/obj',
  extension: 'obj',
  size: (vertices, triangles, { mark }) =>
    heading(mark).length + vertices * VERTEX_BYTES + triangles * ('f '.length + 3 * (indexWidth(vertices) + 1)),
  pieces: (mesh, { mark }) => textPieces(lines(mesh, mark)),
}
