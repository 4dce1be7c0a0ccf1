import { strToU8, zipSync } from 'fflate'

/** Corners of a cube of ten units, and its twelve triangles, counter-clockwise from outside. */
const CORNERS = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => [bits & 1, (bits >> 1) & 1, bits >> 2].map((bit) => bit * 10))
export const TRIANGLES = [
  [0, 2, 1],
  [1, 2, 3],
  [4, 5, 6],
  [5, 7, 6],
  [0, 1, 4],
  [1, 5, 4],
  [2, 6, 3],
  [3, 6, 7],
  [0, 4, 2],
  [2, 4, 6],
  [1, 3, 5],
  [3, 7, 5],
]

type Triangles = readonly (readonly number[])[]
const cornerOf = (index = 0): readonly number[] => CORNERS[index] ?? []

/** The cube as a binary STL. */
export function binaryStl(triangles: Triangles = TRIANGLES): Buffer {
  const file = Buffer.alloc(84 + 50 * triangles.length)
  file.write('solid in name only')
  file.writeUInt32LE(triangles.length, 80)
  triangles.forEach((names, facet) => {
    names.flatMap(cornerOf).forEach((value, at) => void file.writeFloatLE(value, 84 + 50 * facet + 12 + 4 * at))
  })
  return file
}

/** The cube as an ASCII STL. */
export function asciiStl(triangles: Triangles = TRIANGLES): string {
  const facets = triangles.map((names) => {
    const vertices = names.map((name) => `   vertex ${cornerOf(name).join(' ')}`).join('\n')
    return `facet normal 0 0 0\n  outer loop\n${vertices}\n  endloop\nendfacet`
  })
  return ['solid cube', ...facets, 'endsolid cube', ''].join('\n')
}

/** The cube as an OBJ. */
export const obj = (triangles: Triangles = TRIANGLES): string =>
  [
    '# a cube',
    ...CORNERS.map((corner) => `v ${corner.join(' ')}`),
    ...triangles.map((names) => `f ${names.map((name) => name + 1).join(' ')}`),
    '',
  ].join('\n')

export const mesh3mf = (triangles: Triangles = TRIANGLES): string =>
  `<mesh><vertices>${CORNERS.map(([x, y, z]) => `<vertex x="${x}" y='${y}' z = "${z}" />`).join('\n')}</vertices><triangles>${triangles
    .map(([a, b, c]) => `<triangle v1="${a}" v2="${b}" v3="${c}"/>`)
    .join('')}</triangles></mesh>`

/** A 3MF package around the inside of a model element. */
export function threeMf(inside: string, attributes = 'unit="millimeter"', level: 0 | 6 = 6): Buffer {
  const model = `<?xml version="1.0"?>\n<!-- <vertex x="NaN"/> -->\n<model ${attributes} xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">${inside}</model>`
  return Buffer.from(
    zipSync({ '[Content_Types].xml': strToU8('<Types/>'), '3D/3dmodel.model': strToU8(model) }, { level }),
  )
}

export const object3mf = (id: number, content: string): string => `<object id="${id}" type="model">${content}</object>`

/** A GLB from its description and its binary part. */
export function glb(description: object | string, geometry: Buffer): Buffer {
  const text = typeof description === 'string' ? description : JSON.stringify(description)
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4))
  const file = Buffer.alloc(12 + 8 + json.length + 8)
  file.write('glTF')
  file.writeUInt32LE(2, 4)
  file.writeUInt32LE(file.length + geometry.length, 8)
  file.writeUInt32LE(json.length, 12)
  file.write('JSON', 16)
  json.copy(file, 20)
  file.writeUInt32LE(geometry.length, 20 + json.length)
  file.write('BIN\0', 24 + json.length)
  return Buffer.concat([file, geometry])
}

export const CUBE_GEOMETRY = Buffer.concat([
  Buffer.from(Float32Array.from(CORNERS.flat()).buffer),
  Buffer.from(Uint16Array.from(TRIANGLES.flat()).buffer),
])

/** Describes the cube, ten metres wide unless a node says otherwise. */
export const cubeGltf = {
  asset: { version: '2.0' },
  scene: 0,
  scenes: [{ nodes: [0] }],
  nodes: [{ mesh: 0 } as { mesh?: number; children?: number[]; matrix?: number[]; scale?: number[] }],
  meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
  accessors: [
    { bufferView: 0, componentType: 5126, count: 8, type: 'VEC3' },
    { bufferView: 1, componentType: 5123, count: 36, type: 'SCALAR' },
  ],
  bufferViews: [
    { buffer: 0, byteLength: 96 },
    { buffer: 0, byteOffset: 96, byteLength: 72 },
  ],
  buffers: [{ byteLength: 168 }] as { byteLength: number; uri?: string }[],
}
