import type { ByteReader } from './byte-reader.ts'
import { eachLine } from './lines.ts'
import { createSurface, type SurfaceSum } from './surface.ts'
import { UnreadableModel } from './unreadable-model.ts'
import { createVertexList } from './vertex-list.ts'

/** Reads a Wavefront OBJ. Polygons count as the triangles a fan cuts them into; indices may be relative. */
export async function readObj(reader: ByteReader): Promise<SurfaceSum> {
  const vertices = createVertexList()
  const surface = createSurface()
  const corners = new Float64Array(9)
  let triangles = 0
  let number = 0

  const vertexOf = (word: string): number => {
    const slash = word.indexOf('/')
    const named = Number(slash === -1 ? word : word.slice(0, slash))
    const index = named < 0 ? vertices.count + named : named - 1
    vertices.check(index)
    return index
  }

  const takeFace = (words: readonly string[]): void => {
    if (words.length < 4)
      throw new UnreadableModel(`Line ${number} of the OBJ model is a face of fewer than three vertices.`)
    const first = vertexOf(words[1] ?? '')
    let last = vertexOf(words[2] ?? '')
    for (let at = 3; at < words.length; at++) {
      const next = vertexOf(words[at] ?? '')
      triangles += 1
      if (vertices.complete) {
        vertices.copy(first, corners, 0)
        vertices.copy(last, corners, 3)
        vertices.copy(next, corners, 6)
        surface.add(corners)
      }
      last = next
    }
  }

  const ended = await eachLine(reader, (line) => {
    number += 1
    const isVertex = line.startsWith('v ') || line.startsWith('v\t')
    if (!isVertex && !line.startsWith('f ') && !line.startsWith('f\t')) return
    const words = line.trim().split(/\s+/)
    if (!isVertex) return takeFace(words)
    if (words.length < 4)
      throw new UnreadableModel(`Line ${number} of the OBJ model is a vertex of fewer than three numbers.`)
    vertices.add(Number(words[1]), Number(words[2]), Number(words[3]))
  })

  const { volume } = surface.sum()
  // The format has no count and no end mark: a hole in the surface and a missing line end together give a cut file away.
  if (!ended && vertices.complete && volume === null) {
    throw new UnreadableModel(`The OBJ model is cut off in line ${number}.`)
  }
  return { triangles, volume: vertices.complete ? volume : null }
}
