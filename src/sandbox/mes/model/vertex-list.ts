import { UnreadableModel } from './unreadable-model.ts'

/** Above this many vertices (48 MB) only their number is kept: the mesh is counted, its volume is not. */
const KEPT_VERTICES = 2_000_000
const VERTICES_A_BLOCK = 16_384

/** The vertices of an indexed mesh, in bounded memory. */
export interface VertexList {
  add(x: number, y: number, z: number): void
  readonly count: number
  /** False once there were more vertices than are kept. */
  readonly complete: boolean
  /** Copies vertex `index` (from 0) to `corners` at `offset`. Only while `complete`. */
  copy(index: number, corners: Float64Array, offset: number): void
  /** Says so when there is no vertex `index` (from 0). */
  check(index: number): void
}

/** A list that keeps at most `limit` vertices and counts the rest. */
export function createVertexList(limit: number = KEPT_VERTICES): VertexList {
  const blocks: Float64Array[] = []
  let count = 0
  let complete = true

  return {
    get count() {
      return count
    },
    get complete() {
      return complete
    },
    add: (x, y, z) => {
      if (!(Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z))) {
        throw new UnreadableModel(`Vertex ${count + 1} of the model has a coordinate that is not a finite number.`)
      }
      if (count === limit) {
        complete = false
        blocks.length = 0
      }
      if (complete) {
        const at = (count % VERTICES_A_BLOCK) * 3
        if (at === 0) blocks.push(new Float64Array(VERTICES_A_BLOCK * 3))
        const block = blocks.at(-1)
        if (block !== undefined) {
          block[at] = x
          block[at + 1] = y
          block[at + 2] = z
        }
      }
      count += 1
    },
    copy: (index, corners, offset) => {
      const block = blocks[Math.floor(index / VERTICES_A_BLOCK)]
      const at = (index % VERTICES_A_BLOCK) * 3
      for (let axis = 0; axis < 3; axis++) corners[offset + axis] = block?.[at + axis] ?? 0
    },
    check: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= count) {
        throw new UnreadableModel(`A triangle of the model names vertex ${index + 1}, but there are ${count}.`)
      }
    },
  }
}
