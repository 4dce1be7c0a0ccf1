import { coordinate, type Mesh } from './mesh.ts'
import type { Seed } from './seed.ts'

/** The fewest triangles a gem is made of: two pyramids on a triangle. */
export const FEWEST_GEM_TRIANGLES = 6

/** A cut stone, two pyramids base to base, of exactly `triangles` triangles (even, at least 6); its measures come from the seed. */
export function createGem(triangles: number, seed: Seed): Mesh {
  const sides = triangles / 2
  const radius = seed.between(0, 2, 4)
  const tips = [seed.between(1, 0.8, 1.6), -seed.between(2, 2, 3)]

  return {
    vertices: sides + 2,
    triangles,
    vertex: (index, out, offset = 0) => {
      const angle = (2 * Math.PI * index) / sides
      const onGirdle = index < sides
      out[offset] = onGirdle ? coordinate(radius * Math.cos(angle)) : 0
      out[offset + 1] = onGirdle ? coordinate(radius * Math.sin(angle)) : 0
      out[offset + 2] = coordinate(onGirdle ? 0 : (tips[index - sides] ?? 0))
    },
    triangle: (index, out) => {
      const side = index >> 1
      const next = (side + 1) % sides
      const above = index % 2 === 0
      out[0] = above ? side : next
      out[1] = above ? next : side
      out[2] = above ? sides : sides + 1
    },
  }
}
