import type { ByteReader } from './byte-reader.ts'
import { checkFloats, type FloatRange } from './check-floats.ts'
import { type Gltf, parseDescription, TRIANGLES, wrongGlb as wrong } from './glb-description.ts'
import { createSurface, type SurfaceSum } from './surface.ts'

const HEADER_BYTES = 12
const CHUNK_HEADER_BYTES = 8
const JSON_CHUNK = 0x4e4f534a
const BINARY_CHUNK = 0x004e4942
const LONGEST_JSON = 33_554_432
/** Above this many bytes the geometry is counted and checked, but not kept, so that it has no volume. */
const KEPT_GEOMETRY = 33_554_432
const CUBIC_MM_PER_CUBIC_METRE = 1e9
const FLOAT = 5126
const INDEX_BYTES: Readonly<Record<number, number>> = { 5121: 1, 5123: 2, 5125: 4 }
const DEEPEST_NODE = 64
const MOST_NODES = 100_000

/** Where the elements of an accessor lie in the binary chunk. */
interface Region extends FloatRange {
  readonly componentType: number
}

interface Instance {
  readonly positions: Region
  readonly indices: Region | null
  readonly mode: number
  /** By how much the nodes above it enlarge its volume. */
  readonly enlarged: number
}

/** Reads a binary glTF 2.0. Lengths are metres by its specification. */
export async function readGlb(reader: ByteReader): Promise<SurfaceSum> {
  const header = await reader.take(HEADER_BYTES)
  if (header === undefined) throw wrong('ends within its header')
  if (header.readUInt32LE(4) !== 2) throw wrong(`is of version ${header.readUInt32LE(4)}; only version 2 is known`)
  const length = header.readUInt32LE(8)

  const description = await readDescription(reader, length)
  const room = await chunkLength(reader, BINARY_CHUNK, length - HEADER_BYTES - CHUNK_HEADER_BYTES - description.bytes)
  const instances = listInstances(description.gltf, room)
  const bytes = room <= KEPT_GEOMETRY ? await reader.take(room) : undefined
  if (bytes === undefined && room <= KEPT_GEOMETRY) throw wrong('is cut off within its geometry')

  const ranges = instances.map((instance) => instance.positions)
  if (bytes === undefined) await checkFloats(ranges, room, (limit) => reader.next(limit))
  const used = HEADER_BYTES + 2 * CHUNK_HEADER_BYTES + description.bytes + room
  let seen = used
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) seen += chunk.length
  if (seen !== length) throw wrong(`should be ${length} bytes by its header, but is ${seen}`)

  const triangles = instances.reduce((sum, instance) => sum + trianglesOf(instance), 0)
  return { triangles, volume: bytes === undefined ? null : volumeOf(instances, bytes) }
}

async function chunkLength(reader: ByteReader, kind: number, room: number): Promise<number> {
  const header = await reader.take(CHUNK_HEADER_BYTES)
  if (header === undefined) throw wrong('is cut off before its geometry')
  const bytes = header.readUInt32LE(0)
  if (header.readUInt32LE(4) !== kind) throw wrong('has its chunks in the wrong order')
  if (bytes > room) throw wrong('has a chunk longer than the file its header promises')
  return bytes
}

async function readDescription(reader: ByteReader, length: number): Promise<{ gltf: Gltf; bytes: number }> {
  const bytes = await chunkLength(reader, JSON_CHUNK, length)
  if (bytes > LONGEST_JSON) throw wrong(`has a description of more than ${LONGEST_JSON} bytes`)
  const text = await reader.take(bytes)
  if (text === undefined) throw wrong('is cut off within its description')
  return { gltf: parseDescription(text), bytes }
}

function regionOf(file: Gltf, index: number, type: string, room: number): Region {
  const accessor = file.accessors[index]
  const view = accessor?.bufferView === undefined ? undefined : file.bufferViews[accessor.bufferView]
  if (accessor === undefined || view === undefined || accessor.sparse !== undefined || accessor.type !== type) {
    throw wrong(`has no plain ${type} data where a mesh names accessor ${index}`)
  }
  if (view.buffer !== 0 || file.buffers[0]?.uri !== undefined) throw wrong('keeps its geometry in another file')
  const floats = type === 'VEC3'
  const unit = floats ? 12 : INDEX_BYTES[accessor.componentType]
  if (unit === undefined || (floats && accessor.componentType !== FLOAT)) throw wrong('has numbers of an unknown type')
  const stride = view.byteStride ?? unit
  const within = accessor.byteOffset + (accessor.count - 1) * stride + unit
  const offset = view.byteOffset + accessor.byteOffset
  if (accessor.count > 0 && (within > view.byteLength || view.byteOffset + view.byteLength > room)) {
    throw wrong('is cut off: its description promises more geometry than there is')
  }
  return { offset, stride, count: accessor.count, componentType: accessor.componentType }
}

function listInstances(file: Gltf, room: number): readonly Instance[] {
  const instances: Instance[] = []
  let visited = 0
  const addMesh = (index: number, enlarged: number): void => {
    for (const primitive of file.meshes[index]?.primitives ?? []) {
      const position = primitive.attributes.POSITION
      if (position === undefined || primitive.mode < TRIANGLES) continue
      const positions = regionOf(file, position, 'VEC3', room)
      const indices = primitive.indices === undefined ? null : regionOf(file, primitive.indices, 'SCALAR', room)
      instances.push({ positions, indices, mode: primitive.mode, enlarged })
    }
  }
  const visit = (index: number, enlarged: number, depth: number): void => {
    const node = file.nodes[index]
    if (node === undefined) throw wrong(`names a node ${index} that is not there`)
    visited += 1
    if (depth > DEEPEST_NODE || visited > MOST_NODES) throw wrong('nests or repeats its nodes without end')
    const here = enlarged * enlargement(node)
    if (node.mesh !== undefined) addMesh(node.mesh, here)
    for (const child of node.children) visit(child, here, depth + 1)
  }
  const scene = file.scenes[file.scene ?? 0]
  if (scene !== undefined) for (const root of scene.nodes) visit(root, 1, 0)
  else file.meshes.forEach((_, index) => void addMesh(index, 1))
  return instances
}

/** The determinant of the node's linear part: turning and moving change no volume. */
function enlargement(node: Gltf['nodes'][number]): number {
  if (node.matrix === undefined) return (node.scale ?? []).reduce((product, factor) => product * factor, 1)
  const m = (index: number): number => node.matrix?.[index] ?? 0
  return m(0) * (m(5) * m(10) - m(6) * m(9)) - m(4) * (m(1) * m(10) - m(2) * m(9)) + m(8) * (m(1) * m(6) - m(2) * m(5))
}

function trianglesOf({ positions, indices, mode }: Instance): number {
  const corners = (indices ?? positions).count
  if (mode !== TRIANGLES) return Math.max(0, corners - 2)
  if (corners % 3 !== 0) throw wrong('ends in the middle of a triangle')
  return corners / 3
}

function volumeOf(instances: readonly Instance[], bytes: Buffer): number | null {
  let total = 0
  for (const instance of instances) {
    const volume = instanceVolume(instance, bytes)
    if (volume === null) return null
    total += volume * Math.abs(instance.enlarged) * CUBIC_MM_PER_CUBIC_METRE
  }
  return instances.length === 0 ? null : total
}

function instanceVolume({ positions, indices, mode }: Instance, bytes: Buffer): number | null {
  const surface = createSurface()
  const corners = new Float64Array(9)
  const vertexAt = (corner: number): number => {
    if (indices === null) return corner
    const at = indices.offset + corner * indices.stride
    return bytes.readUIntLE(at, INDEX_BYTES[indices.componentType] ?? 1)
  }
  const load = (corner: number, offset: number): void => {
    const vertex = vertexAt(corner)
    if (vertex >= positions.count) {
      throw wrong(`has a triangle that names vertex ${vertex + 1}, but there are ${positions.count}`)
    }
    for (let axis = 0; axis < 3; axis++) {
      const value = bytes.readFloatLE(positions.offset + vertex * positions.stride + axis * 4)
      if (!Number.isFinite(value)) throw wrong('has a coordinate that is not a finite number')
      corners[offset + axis] = value
    }
  }
  const step = mode === TRIANGLES ? 3 : 1
  const total = (indices ?? positions).count
  for (let first = 0; first + 3 <= total; first += step) {
    const swapped = mode === 5 && first % 2 === 1
    load(mode === 6 ? 0 : first, 0)
    load(first + (swapped ? 2 : 1), 3)
    load(first + (swapped ? 1 : 2), 6)
    surface.add(corners)
  }
  return surface.sum().volume
}
