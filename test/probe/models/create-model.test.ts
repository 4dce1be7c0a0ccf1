import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModel, type ModelOptions } from '../../../src/probe/models/create-model.ts'
import { readModel } from '../../../src/sandbox/mes/model/read-model.ts'
import { judge, validateGlb } from './outside-parsers.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-models-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Kind = Pick<ModelOptions, 'format' | 'encoding'> & { readonly name: string; readonly contentType: string }

const KINDS: readonly Kind[] = [
  { name: 'binary STL', format: 'stl', contentType: 'model/stl' },
  { name: 'ASCII STL', format: 'stl', encoding: 'ascii', contentType: 'model/stl' },
  { name: 'OBJ', format: 'obj', contentType: 'model/obj' },
  { name: '3MF', format: '3mf', contentType: 'model/3mf' },
  { name: 'GLB', format: 'glb', contentType: 'model/gltf-binary' },
]

const make = ({ format, encoding = 'binary' }: Kind, rest: Omit<ModelOptions, 'format'>) =>
  createModel({ format, encoding, ...rest }, folder)

describe.each(KINDS)('a model as $name', (kind) => {
  it.each([
    { what: 'a gem of the fewest triangles', triangles: 6, genus: 0 },
    { what: 'the largest gem', triangles: 16, genus: 0 },
    { what: 'the smallest ring', triangles: 18, genus: 1 },
    { what: 'a ring whose triangles come out even in no grid', triangles: 2_018, genus: 1 },
    { what: 'a fine ring', triangles: 30_000, genus: 1 },
  ])('is $what: a closed solid to a kernel that is not ours', async ({ triangles, genus }) => {
    const model = await make(kind, { triangles, seed: `solid-${triangles}` })
    const solid = await judge(model)
    expect(solid).toMatchObject({ status: 'NoError', triangles, genus })
    expect(solid.volumeMm3).toBeGreaterThan(1)
    expect(model).toMatchObject({ triangles, contentType: kind.contentType })

    const read = await readModel(createReadStream(model.path), model.contentType)
    expect(read).toMatchObject({ format: kind.format, triangles })
    expect(read.volumeMm3).toBeCloseTo(solid.volumeMm3, 2)
  })

  it('is a closed solid of another shape for every seed', async () => {
    const volumes = new Set<number>()
    for (let run = 0; run < 20; run++) {
      const solid = await judge(await make(kind, { triangles: 600, seed: `run-${run}` }))
      expect(solid).toMatchObject({ status: 'NoError', triangles: 600, genus: 1 })
      volumes.add(solid.volumeMm3)
    }
    expect(volumes.size).toBe(20)
  })

  it('has bytes of its own for every seed, and the same bytes for the same seed', async () => {
    const seeds = Array.from({ length: 50 }, (_, run) => `run-${run}`)
    const sums = await Promise.all(seeds.map(async (seed) => (await make(kind, { triangles: 6, seed })).sha256))
    expect(new Set(sums).size).toBe(50)
    expect((await make(kind, { triangles: 6, seed: 'run-7' })).sha256).toBe(sums[7])
  })

  it('of one named shape has the same volume whatever the seed, and bytes of its own', async () => {
    const made = await Promise.all(
      ['run-1', 'run-2'].map((seed) => make(kind, { triangles: 2_000, seed, shape: 'plain' })),
    )
    const volumes = await Promise.all(
      made.map(async ({ path, contentType }) => (await readModel(createReadStream(path), contentType)).volumeMm3),
    )
    expect(volumes[0]).toBe(volumes[1])
    expect(made[0]?.sha256).not.toBe(made[1]?.sha256)
  })

  it('is described as it lies in its file', async () => {
    const model = await make(kind, { seed: 'described' })
    const content = await readFile(model.path)
    expect(model.bytes).toBe(content.length)
    expect(model.sha256).toBe(createHash('sha256').update(content).digest('hex'))
    expect(model.headSha256).toBe(createHash('sha256').update(content.subarray(0, 64)).digest('hex'))
    expect(content.includes('described')).toBe(true)
  })

  it.each([5_000, 123_456, 1_000_000])('is the largest that fits into %d bytes', async (bytes) => {
    const model = await make(kind, { bytes, seed: 'sized' })
    expect(model.bytes).toBeLessThanOrEqual(bytes)
    const next = await make(kind, { triangles: model.triangles + 2, seed: 'sized' })
    expect(next.bytes).toBeGreaterThan(bytes)
  })
})

it('writes a GLB without an error or a warning', async () => {
  const model = await createModel({ format: 'glb', triangles: 5_000, seed: 'valid' }, folder)
  expect(await validateGlb(model)).toEqual({ errors: 0, warnings: 0 })
})

it('never begins a binary STL with the word that marks a text', async () => {
  const model = await createModel({ format: 'stl', seed: 'solid gold' }, folder)
  const header = (await readFile(model.path)).toString('latin1', 0, 80)
  expect(header).toMatch(/^waybill [a-z]{16} solid_gold/)
})

it('keeps whatever the seed says harmless in XML', async () => {
  const model = await createModel({ format: '3mf', triangles: 6, seed: '<!DOCTYPE "&\n é' }, folder)
  expect(await judge(model)).toMatchObject({ status: 'NoError', triangles: 6 })
  expect(await readModel(createReadStream(model.path), model.contentType)).toMatchObject({ triangles: 6 })
})

describe('a model that cannot be', () => {
  it.each<{ what: string; options: Omit<ModelOptions, 'seed'>; message: RegExp }>([
    { what: 'has too few triangles', options: { format: 'stl', triangles: 5 }, message: /at least 6|5 triangles/ },
    { what: 'has half a triangle', options: { format: 'stl', triangles: 10.5 }, message: /10\.5 triangles/ },
    { what: 'fits into no file', options: { format: 'glb', bytes: 100 }, message: /fits into 100 bytes/ },
    { what: 'is too large by its bytes', options: { format: 'obj', bytes: 209_715_201 }, message: /209715201 bytes/ },
    {
      what: 'is too large by its triangles',
      options: { format: 'stl', triangles: 5_000_000 },
      message: /larger than 200 MiB/,
    },
    {
      what: 'is asked for in two ways',
      options: { format: 'stl', triangles: 6, bytes: 900 },
      message: /triangles and by its bytes/,
    },
  ])('is refused when it $what', async ({ options, message }) => {
    await expect(createModel({ ...options, seed: 'x' }, folder)).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringMatching(message),
    })
  })

  it('fails when its folder cannot be made', async () => {
    const notAFolder = (await createModel({ format: 'stl', seed: 'file' }, folder)).path
    await expect(createModel({ format: 'stl', seed: 'x' }, notAFolder)).rejects.toThrow(/EEXIST|ENOTDIR/)
  })
})
