import { coordinate, type Mesh } from './mesh.ts'
import type { Seed } from './seed.ts'

/** The fewest triangles a ring is made of: three sections of three sides. */
export const FEWEST_RING_TRIANGLES = 18

const FULL_TURN = 2 * Math.PI

interface Layout {
  /** Sections around the finger. */
  readonly sections: number
  /** Sides around the band. */
  readonly sides: number
  /** Triangles cut into three by a point in their middle, to meet the wanted number exactly. */
  readonly split: number
}

function layoutOf(triangles: number, thickness: number): Layout {
  const quads = triangles / 2
  const sides = Math.max(3, Math.min(Math.floor(quads / 3), Math.round(Math.sqrt(quads * thickness))))
  const sections = Math.floor(quads / sides)
  return { sections, sides, split: quads - sections * sides }
}

interface Section {
  readonly cos: number
  readonly sin: number
  readonly radius: number
}

/** Radius of the band along the ring: waves, and at angle zero the swelling that holds the stone. */
function bandRadius(angle: number, seed: Seed): number {
  const waves = Math.floor(seed.between(2, 2, 7))
  const fromStone = Math.min(angle, FULL_TURN - angle)
  const wave = 0.12 * Math.sin(waves * angle + seed.between(3, 0, FULL_TURN))
  return seed.between(1, 1.1, 1.6) * (1 + wave + seed.between(4, 0.4, 0.8) * Math.exp(-((fromStone / 0.35) ** 2)))
}

/** A finger ring of exactly `triangles` triangles (even, at least 18); its measures come from the seed. */
export function createRing(triangles: number, seed: Seed): Mesh {
  const radius = seed.between(0, 8, 11)
  const { sections, sides, split } = layoutOf(triangles, 1 / 7)
  const corners = sections * sides
  const along: Section[] = Array.from({ length: sections }, (_, index) => {
    const angle = (FULL_TURN * index) / sections
    return { cos: Math.cos(angle), sin: Math.sin(angle), radius: bandRadius(angle, seed) }
  })
  const around = Array.from({ length: sides }, (_, index) => {
    const angle = (FULL_TURN * index) / sides
    return { cos: Math.cos(angle), sin: Math.sin(angle) }
  })

  const corner = (index: number, out: Float64Array, offset: number): void => {
    const section = along[Math.floor(index / sides)]
    const side = around[index % sides]
    if (section === undefined || side === undefined) return
    const fromAxis = radius + section.radius * side.cos
    out[offset] = coordinate(fromAxis * section.cos)
    out[offset + 1] = coordinate(fromAxis * section.sin)
    out[offset + 2] = coordinate(section.radius * side.sin)
  }

  const whole = (index: number, out: Uint32Array): void => {
    const quad = index >> 1
    const section = Math.floor(quad / sides)
    const side = quad % sides
    const here = section * sides
    const next = ((section + 1) % sections) * sides
    const beside = (side + 1) % sides
    out[0] = here + side
    out[1] = index % 2 === 0 ? next + side : next + beside
    out[2] = index % 2 === 0 ? next + beside : here + beside
  }

  const names = new Uint32Array(3)
  const middle = new Float64Array(9)
  const vertex: Mesh['vertex'] = (index, out, offset = 0) => {
    if (index < corners) return corner(index, out, offset)
    whole(index - corners, names)
    for (let at = 0; at < 3; at++) corner(names[at] ?? 0, middle, at * 3)
    for (let axis = 0; axis < 3; axis++) {
      out[offset + axis] = coordinate(((middle[axis] ?? 0) + (middle[axis + 3] ?? 0) + (middle[axis + 6] ?? 0)) / 3)
    }
  }

  return {
    vertices: corners + split,
    triangles,
    vertex,
    triangle: (index, out) => {
      if (index >= split * 3) return whole(index - split * 2, out)
      const cut = Math.floor(index / 3)
      whole(cut, out)
      out[index % 3] = corners + cut
    },
  }
}
