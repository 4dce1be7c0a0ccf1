/** What a triangle mesh amounts to. `volume` is in cubic units of the coordinates, `null` when the surface is not closed. */
export interface SurfaceSum {
  readonly triangles: number
  readonly volume: number | null
}

/** Sums a surface triangle by triangle in constant memory. */
export interface Surface {
  /** Adds the triangle at nine numbers from `offset` on: three corners, each x, y, z. */
  add(corners: Float64Array, offset?: number): void
  sum(): SurfaceSum
}

const bits = new Float64Array(3)
const words = new Int32Array(bits.buffer)

const mix = (hash: number, word: number): number => {
  const stirred = Math.imul(hash ^ word, 0x9e3779b1)
  return stirred ^ (stirred >>> 15)
}

/** The same number for the same point, whichever sign its zeros have. */
function hashPoint(corners: Float64Array, at: number): number {
  for (let axis = 0; axis < 3; axis++) bits[axis] = (corners[at + axis] ?? 0) + 0
  let hash = 0x51ed270b
  for (let word = 0; word < 6; word++) hash = mix(hash, words[word] ?? 0)
  return hash
}

const edge = (from: number, to: number): number => {
  if (from === to) return 0
  return from < to ? mix(mix(from, to), 0x27d4eb2f) : -mix(mix(to, from), 0x27d4eb2f)
}

/**
 * Sums volume and closedness. On a closed surface every edge is walked once in each direction, so numbers made from the
 * edges cancel out; whatever is left over tells of a hole or of a triangle turned round, without holding any edge.
 */
export function createSurface(): Surface {
  let triangles = 0
  let sixVolumes = 0
  let openEdges = 0
  // Volumes are taken as seen from the first corner: far from the origin the differences would otherwise drown in rounding.
  let ox = 0
  let oy = 0
  let oz = 0

  const add = (c: Float64Array, offset = 0): void => {
    const at = (index: number): number => c[offset + index] ?? 0
    if (triangles === 0) {
      ox = at(0)
      oy = at(1)
      oz = at(2)
    }
    triangles += 1
    const ax = at(0) - ox
    const ay = at(1) - oy
    const az = at(2) - oz
    const bx = at(3) - ox
    const by = at(4) - oy
    const bz = at(5) - oz
    const cx = at(6) - ox
    const cy = at(7) - oy
    const cz = at(8) - oz
    sixVolumes += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    const a = hashPoint(c, offset)
    const b = hashPoint(c, offset + 3)
    const d = hashPoint(c, offset + 6)
    openEdges = (openEdges + edge(a, b) + edge(b, d) + edge(d, a)) | 0
  }

  return {
    add,
    sum: () => ({ triangles, volume: openEdges === 0 && triangles > 0 ? Math.abs(sixVolumes) / 6 : null }),
  }
}
