import type { ByteReader } from './byte-reader.ts'
import { eachLine } from './lines.ts'
import { createSurface, type SurfaceSum } from './surface.ts'
import { UnreadableModel } from './unreadable-model.ts'

const HEADER_BYTES = 84
const COUNT_OFFSET = 80
const FACET_BYTES = 50
const FIRST_CORNER_OFFSET = 12

const notFinite = (facet: number): UnreadableModel =>
  new UnreadableModel(`Facet ${facet} of the STL model has a coordinate that is not a finite number.`)

/** Reads a binary STL; its size must be exactly what its facet count promises. */
export async function readBinaryStl(reader: ByteReader): Promise<SurfaceSum> {
  const header = await reader.take(HEADER_BYTES)
  if (header === undefined) throw new UnreadableModel('The STL model ends within its header.')
  const promised = header.readUInt32LE(COUNT_OFFSET)
  const surface = createSurface()
  const corners = new Float64Array(9)
  let facets = 0
  let rest = Buffer.alloc(0)

  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (; at + FACET_BYTES <= bytes.length && facets < promised; at += FACET_BYTES) {
      facets += 1
      for (let index = 0; index < 9; index++) {
        const coordinate = bytes.readFloatLE(at + FIRST_CORNER_OFFSET + index * 4)
        if (!Number.isFinite(coordinate)) throw notFinite(facets)
        corners[index] = coordinate
      }
      surface.add(corners)
    }
    rest = Buffer.from(bytes.subarray(at))
    if (facets === promised && rest.length > 0) {
      throw new UnreadableModel(
        `The file goes on after the ${promised} facets its STL header promises, or is no STL model.`,
      )
    }
  }
  if (facets < promised) {
    throw new UnreadableModel(
      `The STL model is cut off: ${promised} facets promised, ${facets} found, or it is no STL model.`,
    )
  }
  return surface.sum()
}

const FACET_LINES = ['facet', 'outer', 'vertex', 'vertex', 'vertex', 'endloop', 'endfacet'] as const

/** Reads an ASCII STL of one or several solids; every facet and the last solid must be finished. */
export async function readAsciiStl(reader: ByteReader): Promise<SurfaceSum> {
  const surface = createSurface()
  const corners = new Float64Array(9)
  let number = 0
  let facets = 0
  let inSolid = false
  let place = 0

  const takeVertex = (words: readonly string[]): void => {
    if (words.length !== 4)
      throw new UnreadableModel(`Line ${number} of the STL model should hold a vertex of three numbers.`)
    for (let axis = 0; axis < 3; axis++) {
      const coordinate = Number(words[axis + 1])
      if (!Number.isFinite(coordinate)) throw notFinite(facets + 1)
      corners[(place - 2) * 3 + axis] = coordinate
    }
  }

  await eachLine(reader, (line) => {
    number += 1
    const words = line.trim().split(/\s+/)
    const word = (words[0] ?? '').toLowerCase()
    if (word === '') return
    if (place === 0 && word === (inSolid ? 'endsolid' : 'solid')) {
      inSolid = !inSolid
      return
    }
    const expected = FACET_LINES[place]
    if (!inSolid || word !== expected) {
      throw new UnreadableModel(`Line ${number} of the STL model should begin with "${inSolid ? expected : 'solid'}".`)
    }
    if (word === 'vertex') takeVertex(words)
    place += 1
    if (place === FACET_LINES.length) {
      place = 0
      facets += 1
      surface.add(corners)
    }
  })
  if (inSolid) throw new UnreadableModel(`The STL model is cut off after ${facets} facets: its last solid has no end.`)
  return surface.sum()
}
