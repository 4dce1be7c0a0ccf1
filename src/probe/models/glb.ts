import { type Encoding, recordPieces } from './encoding.ts'
import type { Mesh } from './mesh.ts'

const MAGIC = 0x46546c67
const VERSION = 2
const JSON_CHUNK = 0x4e4f534a
const BINARY_CHUNK = 0x004e4942
const HEADER_BYTES = 12
const CHUNK_HEADER_BYTES = 8
const VERTEX_BYTES = 12
const TRIANGLE_BYTES = 12
/** The description is filled up with spaces to this length, so that the size of the file is known beforehand. */
const DESCRIPTION_BYTES = 1_536
const METRES_PER_MM = 0.001

interface Bounds {
  readonly min: readonly number[]
  readonly max: readonly number[]
}

function boundsOf(mesh: Mesh): Bounds {
  const min = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const max = min.map((value) => -value)
  const place = new Float64Array(3)
  for (let index = 0; index < mesh.vertices; index++) {
    mesh.vertex(index, place)
    for (let axis = 0; axis < 3; axis++) {
      min[axis] = Math.min(min[axis] ?? 0, place[axis] ?? 0)
      max[axis] = Math.max(max[axis] ?? 0, place[axis] ?? 0)
    }
  }
  return { min, max }
}

const describe = (mesh: Mesh, mark: string): object => ({
  asset: { version: '2.0', generator: 'waybill', extras: { mark } },
  scene: 0,
  scenes: [{ nodes: [0] }],
  // The format counts in metres, jewelry in millimetres: scaling the node keeps the coordinates of the other formats.
  nodes: [{ mesh: 0, name: 'ring', scale: [METRES_PER_MM, METRES_PER_MM, METRES_PER_MM] }],
  meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
  accessors: [
    { bufferView: 0, componentType: 5126, count: mesh.vertices, type: 'VEC3', ...boundsOf(mesh) },
    { bufferView: 1, componentType: 5125, count: mesh.triangles * 3, type: 'SCALAR' },
  ],
  bufferViews: [
    { buffer: 0, byteLength: mesh.vertices * VERTEX_BYTES, target: 34962 },
    { buffer: 0, byteOffset: mesh.vertices * VERTEX_BYTES, byteLength: mesh.triangles * TRIANGLE_BYTES, target: 34963 },
  ],
  buffers: [{ byteLength: mesh.vertices * VERTEX_BYTES + mesh.triangles * TRIANGLE_BYTES }],
})

const chunkHeader = (bytes: number, kind: number): Buffer => {
  const header = Buffer.alloc(CHUNK_HEADER_BYTES)
  header.writeUInt32LE(bytes, 0)
  header.writeUInt32LE(kind, 4)
  return header
}

const sizeOf = (vertices: number, triangles: number): number =>
  HEADER_BYTES + 2 * CHUNK_HEADER_BYTES + DESCRIPTION_BYTES + vertices * VERTEX_BYTES + triangles * TRIANGLE_BYTES

/** Binary glTF 2.0 with 32-bit indices; the mark stands in the asset's extras. */
export const glb: Encoding = {
  contentType: 'model/gltf-binary',
  extension: 'glb',
  size: sizeOf,
  *pieces(mesh, { mark }) {
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt32LE(MAGIC, 0)
    header.writeUInt32LE(VERSION, 4)
    header.writeUInt32LE(sizeOf(mesh.vertices, mesh.triangles), 8)
    yield header
    yield chunkHeader(DESCRIPTION_BYTES, JSON_CHUNK)
    yield Buffer.from(JSON.stringify(describe(mesh, mark)).padEnd(DESCRIPTION_BYTES), 'latin1')
    yield chunkHeader(mesh.vertices * VERTEX_BYTES + mesh.triangles * TRIANGLE_BYTES, BINARY_CHUNK)

    const place = new Float64Array(3)
    yield* recordPieces(mesh.vertices, VERTEX_BYTES, (index, piece, offset) => {
      mesh.vertex(index, place)
      place.forEach((mm, axis) => void piece.writeFloatLE(mm, offset + axis * 4))
    })
    const names = new Uint32Array(3)
    yield* recordPieces(mesh.triangles, TRIANGLE_BYTES, (index, piece, offset) => {
      mesh.triangle(index, names)
      names.forEach((name, corner) => void piece.writeUInt32LE(name, offset + corner * 4))
    })
  },
}
