import type { ByteReader } from './byte-reader.ts'
import { createSurface, type Surface, type SurfaceSum } from './surface.ts'
import { UnreadableModel } from './unreadable-model.ts'
import { createVertexList, type VertexList } from './vertex-list.ts'
import { createTagReader, type Tag } from './xml-tags.ts'
import { type PartSink, readZipParts } from './zip-parts.ts'

const MM_PER_UNIT: Readonly<Record<string, number>> = {
  micron: 0.001,
  millimeter: 1,
  centimeter: 10,
  inch: 25.4,
  foot: 304.8,
  meter: 1000,
}
const DEEPEST_COMPONENT = 32
const MOST_INSTANCES = 100_000

interface Use {
  readonly object: string
  readonly enlarged: number
}

interface ModelObject {
  triangles: number
  cubicMm: number | null
  readonly uses: Use[]
}

interface Model {
  readonly objects: Map<string, ModelObject>
  readonly built: Use[]
}

const wrong = (what: string): UnreadableModel => new UnreadableModel(`The 3MF model ${what}.`)

/** Reads a 3MF package: what its build section names is what is made. */
export async function readThreeMf(reader: ByteReader): Promise<SurfaceSum> {
  const model: Model = { objects: new Map(), built: [] }
  let parts = 0
  await readZipParts(reader, (name) => {
    if (!name.toLowerCase().endsWith('.model')) return undefined
    parts += 1
    return createModelPart(`/${name.replace(/^\//, '')}`, model)
  })
  if (parts === 0) throw wrong('holds no 3D model part')
  return sumOf(model)
}

/** Volume grows by the determinant of the first nine of the twelve numbers; moving changes nothing. */
function enlargement(transform: string | undefined): number {
  if (transform === undefined) return 1
  const numbers = transform.trim().split(/\s+/).map(Number)
  if (numbers.length !== 12 || !numbers.every(Number.isFinite))
    throw wrong('has a transform that is not twelve numbers')
  const m = (index: number): number => numbers[index] ?? 0
  return m(0) * (m(4) * m(8) - m(5) * m(7)) - m(1) * (m(3) * m(8) - m(5) * m(6)) + m(2) * (m(3) * m(7) - m(4) * m(6))
}

function createModelPart(path: string, model: Model): PartSink {
  let cubicMmPerUnit = 1
  let finished = false
  let current: ModelObject | undefined
  let vertices: VertexList = createVertexList()
  let surface: Surface = createSurface()
  const corners = new Float64Array(9)

  const useOf = (tag: Tag): Use => ({
    object: `${tag.attribute('path') ?? path}#${tag.attribute('objectid') ?? ''}`,
    enlarged: enlargement(tag.attribute('transform')),
  })

  const addTriangle = (tag: Tag): void => {
    const named = [tag.attribute('v1'), tag.attribute('v2'), tag.attribute('v3')].map((text) =>
      Number(text ?? Number.NaN),
    )
    named.forEach(vertices.check)
    if (current !== undefined) current.triangles += 1
    if (!vertices.complete) return
    named.forEach((index, corner) => void vertices.copy(index, corners, corner * 3))
    surface.add(corners)
  }

  const endMesh = (): void => {
    const { volume } = surface.sum()
    if (current !== undefined) current.cubicMm = volume === null || !vertices.complete ? null : volume * cubicMmPerUnit
  }

  const openers: Readonly<Record<string, (tag: Tag) => void>> = {
    model: (tag) => {
      const unit = MM_PER_UNIT[tag.attribute('unit') ?? 'millimeter']
      if (unit === undefined) throw wrong(`has the unknown unit ${tag.attribute('unit')}`)
      cubicMmPerUnit = unit ** 3
    },
    object: (tag) => {
      current = { triangles: 0, cubicMm: null, uses: [] }
      model.objects.set(`${path}#${tag.attribute('id') ?? ''}`, current)
    },
    mesh: () => {
      vertices = createVertexList()
      surface = createSurface()
    },
    vertex: (tag) => {
      vertices.add(...coordinates(tag))
    },
    triangle: addTriangle,
    component: (tag) => void current?.uses.push(useOf(tag)),
    item: (tag) => void model.built.push(useOf(tag)),
  }

  const tags = createTagReader((tag) => {
    if (!tag.closes) openers[tag.name]?.(tag)
    else if (tag.name === 'mesh') endMesh()
    else if (tag.name === 'model') finished = true
  })
  return {
    push: tags.push,
    end: () => {
      tags.end()
      if (!finished) throw wrong('is cut off: its model part has no end')
    },
  }
}

function coordinates(tag: Tag): [number, number, number] {
  const axis = (name: string): number => Number(tag.attribute(name) ?? Number.NaN)
  return [axis('x'), axis('y'), axis('z')]
}

function sumOf({ objects, built }: Model): SurfaceSum {
  let triangles = 0
  let volume: number | null = 0
  let instances = 0

  const add = (use: Use, enlarged: number, depth: number): void => {
    instances += 1
    if (depth > DEEPEST_COMPONENT || instances > MOST_INSTANCES) throw wrong('nests or repeats its objects without end')
    const object = objects.get(use.object)
    if (object === undefined) throw wrong(`builds the object ${use.object}, which is not there`)
    const here = enlarged * use.enlarged
    triangles += object.triangles
    if (object.triangles > 0) {
      volume = volume === null || object.cubicMm === null ? null : volume + object.cubicMm * Math.abs(here)
    }
    for (const inner of object.uses) add(inner, here, depth + 1)
  }
  for (const use of built) add(use, 1, 0)
  return { triangles, volume }
}
