import { strToU8, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { readModel } from '../../../src/sandbox/mes/model/read-model.ts'
import { UnreadableModel } from '../../../src/sandbox/mes/model/unreadable-model.ts'
import {
  asciiStl,
  binaryStl,
  CUBE_GEOMETRY,
  cubeGltf,
  glb,
  mesh3mf,
  obj,
  object3mf,
  TRIANGLES,
  threeMf,
} from './cube.ts'

async function* inPieces(content: Buffer | string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const read = (content: Buffer | string, size = 4_096) => readModel(inPieces(content, size), 'model/unknown')

const built = (objects: string, items = '<item objectid="1"/>'): string =>
  `<resources>${objects}</resources><build>${items}</build>`
const cube3mf = threeMf(built(object3mf(1, mesh3mf())))
const cubeGlb = glb(cubeGltf, CUBE_GEOMETRY)
const withNode = (node: (typeof cubeGltf.nodes)[number]) => glb({ ...cubeGltf, nodes: [node] }, CUBE_GEOMETRY)
const changed = (file: Buffer, change: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(file)
  change(copy)
  return copy
}
const inside = TRIANGLES.map((names) => names.toReversed())
const open = TRIANGLES.slice(1)
const quads = [
  [0, 2, 3, 1],
  [4, 5, 7, 6],
  [0, 1, 5, 4],
  [2, 6, 7, 3],
  [0, 4, 6, 2],
  [1, 3, 7, 5],
]

describe('a readable model', () => {
  it.each([
    { what: 'a binary STL that begins with "solid"', file: binaryStl(), format: 'stl', volumeMm3: 1000 },
    { what: 'an ASCII STL', file: asciiStl(), format: 'stl', volumeMm3: 1000 },
    {
      what: 'an ASCII STL of two solids with Windows line ends',
      file: `${asciiStl(TRIANGLES.slice(0, 5))}${asciiStl(TRIANGLES.slice(5))}`.replaceAll('\n', '\r\n'),
      format: 'stl',
      volumeMm3: 1000,
    },
    { what: 'an OBJ', file: obj(), format: 'obj', volumeMm3: 1000 },
    {
      what: 'an OBJ of quads with relative indices and texture indices',
      file: `${obj([])}${quads.map((names) => `f ${names.map((name) => `${name - 8}/1/1`).join(' ')}`).join('\n')}`,
      format: 'obj',
      volumeMm3: 1000,
    },
    { what: 'a 3MF', file: cube3mf, format: '3mf', volumeMm3: 1000 },
    {
      what: 'a 3MF whose parts are stored',
      file: threeMf(built(object3mf(1, mesh3mf())), '', 0),
      format: '3mf',
      volumeMm3: 1000,
    },
    {
      what: 'a 3MF in inches',
      file: threeMf(built(object3mf(1, mesh3mf())), 'unit="inch"'),
      format: '3mf',
      volumeMm3: 1000 * 25.4 ** 3,
    },
    {
      what: 'a 3MF that is stretched where it is built',
      file: threeMf(built(object3mf(1, mesh3mf()), '<item objectid="1" transform="2 0 0 0 1 0 0 0 1 5 5 5"/>')),
      format: '3mf',
      volumeMm3: 2000,
    },
    { what: 'a GLB in metres', file: cubeGlb, format: 'glb', volumeMm3: 1e12 },
    {
      what: 'a GLB scaled by its node',
      file: withNode({ mesh: 0, scale: [0.001, 0.001, 0.001] }),
      format: 'glb',
      volumeMm3: 1000,
    },
    {
      what: 'a GLB mirrored and scaled by a matrix',
      file: withNode({ mesh: 0, matrix: [0, 0.001, 0, 0, 0.001, 0, 0, 0, 0, 0, 0.001, 0, 3, 3, 3, 1] }),
      format: 'glb',
      volumeMm3: 1000,
    },
    { what: 'an inside-out STL', file: binaryStl(inside), format: 'stl', volumeMm3: 1000 },
  ])('is measured: $what', async ({ file, format, volumeMm3 }) => {
    const measure = await read(file)
    expect(measure).toEqual({ format, triangles: 12, volumeMm3: expect.closeTo(volumeMm3, 3 - Math.log10(volumeMm3)) })
  })

  it.each([
    { what: 'binary STL', file: binaryStl() },
    { what: 'ASCII STL', file: asciiStl() },
    { what: 'OBJ', file: obj() },
    { what: '3MF', file: cube3mf },
    { what: 'GLB', file: cubeGlb },
  ])('may come in pieces of any size: $what', async ({ file }) => {
    const whole = await read(file)
    for (const size of [1, 3, 49, 51]) expect(await read(file, size)).toEqual(whole)
  })

  it.each([
    { what: 'binary STL', file: binaryStl(open) },
    { what: 'ASCII STL', file: asciiStl(open) },
    { what: 'OBJ', file: obj(open) },
    { what: '3MF', file: threeMf(built(object3mf(1, mesh3mf(open)))) },
  ])('has no volume when its surface has a hole: $what', async ({ file }) => {
    expect(await read(file)).toMatchObject({ triangles: 11, volumeMm3: null })
  })

  it('has no volume when one of its triangles is turned round', async () => {
    const turned = TRIANGLES.map((names, index) => (index === 4 ? names.toReversed() : names))
    expect(await read(binaryStl(turned))).toMatchObject({ triangles: 12, volumeMm3: null })
  })

  it('counts a 3MF object as often as it is built, and not when it is not', async () => {
    const objects = [
      object3mf(1, mesh3mf()),
      object3mf(
        2,
        '<components><component objectid="1"/><component objectid="1" transform="1 0 0 0 1 0 0 0 1 20 0 0"/></components>',
      ),
      object3mf(3, mesh3mf()),
    ]
    const model = threeMf(built(objects.join(''), '<item objectid="2"/><item objectid="1"/>'))
    expect(await read(model)).toEqual({ format: '3mf', triangles: 36, volumeMm3: 3000 })
  })

  it('counts a GLB mesh as often as its scene shows it', async () => {
    const nodes = [{ children: [1, 2], scale: [0.001, 0.001, 0.001] }, { mesh: 0 }, { mesh: 0, scale: [2, 1, 1] }]
    const measure = await read(glb({ ...cubeGltf, nodes }, CUBE_GEOMETRY))
    expect(measure).toEqual({ format: 'glb', triangles: 24, volumeMm3: expect.closeTo(3000, 6) })
  })
})

const bomb = (): Buffer =>
  Buffer.from(zipSync({ '3D/3dmodel.model': new Uint8Array(64_000_000).fill(0x20) }, { level: 9 }))

const stored3mf = threeMf(built(object3mf(1, mesh3mf())), '', 0)
const indicesStart = cubeGlb.length - 72
const positionsStart = indicesStart - 96

describe('an unreadable model', () => {
  it.each<{ what: string; file: Buffer | string; message: RegExp }>([
    { what: 'an empty file', file: '', message: /empty file/ },
    {
      what: 'a web page',
      file: '<html><body>502 Bad Gateway</body></html>',
      message: /sent as model\/unknown, is neither STL, OBJ, 3MF nor GLB/,
    },
    {
      what: 'noise',
      file: Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 151) % 256)),
      message: /STL/,
    },
    { what: 'zeros', file: Buffer.alloc(500), message: /goes on after the 0 facets/ },
    { what: 'an STL header alone', file: binaryStl().subarray(0, 83), message: /ends within its header/ },
    {
      what: 'a binary STL without its last byte',
      file: binaryStl().subarray(0, -1),
      message: /cut off: 12 facets promised, 11 found/,
    },
    {
      what: 'a binary STL with a byte too many',
      file: Buffer.concat([binaryStl(), Buffer.alloc(1)]),
      message: /goes on after the 12 facets/,
    },
    {
      what: 'a binary STL with NaN',
      file: changed(binaryStl(), (copy) => copy.writeFloatLE(Number.NaN, 84 + 50 + 16)),
      message: /Facet 2 .* not a finite number/,
    },
    {
      what: 'a binary STL that promises four billion facets',
      file: changed(binaryStl(), (copy) => copy.writeUInt32LE(0xffffffff, 80)),
      message: /4294967295 facets promised, 12 found/,
    },
    { what: 'an STL of no facets', file: binaryStl([]), message: /no triangles/ },
    {
      what: 'an ASCII STL that stops in a number',
      file: asciiStl().slice(0, 200),
      message: /Line \d+ of the STL model|cut off/,
    },
    {
      what: 'an ASCII STL without its end',
      file: asciiStl().replace('endsolid cube\n', ''),
      message: /cut off after 12 facets/,
    },
    {
      what: 'an ASCII STL with infinity',
      file: asciiStl().replace('vertex 10 ', 'vertex 1e999 '),
      message: /not a finite number/,
    },
    {
      what: 'an ASCII STL with a vertex of two numbers',
      file: asciiStl().replace('vertex 0 0 0', 'vertex 0 0'),
      message: /Line 4 .* three numbers/,
    },
    {
      what: 'an OBJ that names a missing vertex',
      file: obj([...TRIANGLES, [0, 1, 8]]),
      message: /names vertex 9, but there are 8/,
    },
    {
      what: 'an OBJ cut off in a line',
      file: obj().slice(0, -6),
      message: /Line 21 .* fewer than three|cut off in line 21/,
    },
    { what: 'an OBJ with words for numbers', file: `v a b c\n${obj()}`, message: /not a finite number/ },
    { what: 'an OBJ without faces', file: obj([]), message: /no triangles/ },
    { what: 'an OBJ of one endless line', file: `v ${'1'.repeat(3_000_000)}`, message: /longer than a megabyte/ },
    {
      what: 'a 3MF cut in half',
      file: cube3mf.subarray(0, cube3mf.length / 2),
      message: /cut off: its archive has no end/,
    },
    { what: 'a 3MF without its last byte', file: cube3mf.subarray(0, -1), message: /no end/ },
    {
      what: 'a 3MF with one digit changed',
      file: Buffer.from(stored3mf.toString('latin1').replace('x="10"', 'x="20"'), 'latin1'),
      message: /damaged: the part 3D\/3dmodel.model/,
    },
    {
      what: 'a zip archive of something else',
      file: Buffer.from(zipSync({ 'letter.txt': strToU8('dear Sir') })),
      message: /no 3D model part/,
    },
    { what: 'a 3MF that expands without end', file: bomb(), message: /expands to far more/ },
    { what: 'a 3MF with a document type', file: threeMf('<!DOCTYPE a [<!ENTITY b "b">]>'), message: /document type/ },
    {
      what: 'a 3MF whose model stops short',
      file: Buffer.from(zipSync({ 'a.model': strToU8(`<model>${built(object3mf(1, mesh3mf()))}`) })),
      message: /cut off: its model part has no end/,
    },
    {
      what: 'a 3MF that names a missing vertex',
      file: threeMf(built(object3mf(1, mesh3mf([...TRIANGLES, [0, 1, 8]])))),
      message: /names vertex 9, but there are 8/,
    },
    {
      what: 'a 3MF that builds a missing object',
      file: threeMf(built('')),
      message: /builds the object .*#1, which is not there/,
    },
    {
      what: 'a 3MF object inside itself',
      file: threeMf(built(object3mf(1, '<components><component objectid="1"/></components>'))),
      message: /without end/,
    },
    { what: 'a 3MF in furlongs', file: threeMf(built(''), 'unit="furlong"'), message: /unknown unit furlong/ },
    { what: 'a 3MF that builds nothing', file: threeMf(built(object3mf(1, mesh3mf()), '')), message: /no triangles/ },
    { what: 'a GLB header alone', file: cubeGlb.subarray(0, 11), message: /ends within its header/ },
    {
      what: 'a GLB of version 1',
      file: changed(cubeGlb, (copy) => void copy.writeUInt32LE(1, 4)),
      message: /version 1/,
    },
    { what: 'a GLB cut in its description', file: cubeGlb.subarray(0, 100), message: /cut off within its description/ },
    { what: 'a GLB without its last byte', file: cubeGlb.subarray(0, -1), message: /cut off within its geometry/ },
    {
      what: 'a GLB with more than it promises',
      file: Buffer.concat([cubeGlb, Buffer.alloc(4)]),
      message: /should be \d+ bytes by its header, but is \d+/,
    },
    { what: 'a GLB that is no JSON', file: glb('{"asset":', CUBE_GEOMETRY), message: /not JSON/ },
    {
      what: 'a GLB that is no glTF',
      file: glb({ asset: { version: 2 } }, CUBE_GEOMETRY),
      message: /breaks the glTF format at "asset.version"/,
    },
    {
      what: 'a compressed GLB',
      file: glb({ ...cubeGltf, extensionsRequired: ['KHR_draco_mesh_compression'] }, CUBE_GEOMETRY),
      message: /KHR_draco_mesh_compression/,
    },
    {
      what: 'a GLB with its geometry elsewhere',
      file: glb({ ...cubeGltf, buffers: [{ byteLength: 168, uri: 'a.bin' }] }, CUBE_GEOMETRY),
      message: /another file/,
    },
    {
      what: 'a GLB with less geometry than described',
      file: glb(cubeGltf, CUBE_GEOMETRY.subarray(0, 160)),
      message: /promises more geometry/,
    },
    {
      what: 'a GLB with NaN',
      file: changed(cubeGlb, (copy) => copy.writeFloatLE(Number.NaN, positionsStart + 8)),
      message: /not a finite number/,
    },
    {
      what: 'a GLB that names a missing vertex',
      file: changed(cubeGlb, (copy) => void copy.writeUInt16LE(8, indicesStart)),
      message: /names vertex 9, but there are 8/,
    },
    { what: 'a GLB node inside itself', file: withNode({ mesh: 0, children: [0] }), message: /without end/ },
    {
      what: 'a GLB that ends in half a triangle',
      file: glb(
        { ...cubeGltf, accessors: [cubeGltf.accessors[0], { ...cubeGltf.accessors[1], count: 35 }] },
        CUBE_GEOMETRY,
      ),
      message: /middle of a triangle/,
    },
  ])('is refused with a plain sentence: $what', async ({ file, message }) => {
    const refusal = await read(file).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(UnreadableModel)
    expect((refusal as UnreadableModel).message).toMatch(message)
  })

  it.each([
    { what: 'binary STL', file: binaryStl() },
    { what: 'ASCII STL', file: Buffer.from(asciiStl().trimEnd()) },
    { what: '3MF', file: cube3mf },
    { what: 'GLB', file: cubeGlb },
  ])('is never taken for whole, wherever it was cut: $what', async ({ file }) => {
    for (let length = 0; length < file.length; length++) {
      const outcome = await read(file.subarray(0, length)).catch((error: unknown) => error)
      const taken = file.subarray(length).toString('latin1')
      // The name behind "endsolid" may be missing: the solid is finished without it.
      if (outcome instanceof UnreadableModel || 'endsolid cube'.endsWith(taken)) continue
      expect.fail(`taken for whole at ${length} of ${file.length} bytes: ${JSON.stringify(outcome)}`)
    }
  })

  it('lets go of the stream it refuses', async () => {
    let letGo = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        while (true) yield Buffer.alloc(1_000)
      } finally {
        letGo = true
      }
    }
    await expect(readModel(endless(), 'model/stl')).rejects.toBeInstanceOf(UnreadableModel)
    expect(letGo).toBe(true)
  })

  it('is not what a broken connection makes of it', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield binaryStl().subarray(0, 200)
      throw new Error('socket hang up')
    }
    await expect(readModel(broken(), 'model/stl')).rejects.toThrow('socket hang up')
  })
})
