import { readFile } from 'node:fs/promises'
import { validateBytes } from 'gltf-validator'
import { fromArrayBuffer } from 'manifold-3d/lib/import-model.js'
import manifoldModule from 'manifold-3d/manifold'
import { OBJLoader } from 'three/examples/jsm/loaders/OBJLoader.js'
import { STLLoader } from 'three/examples/jsm/loaders/STLLoader.js'
import type { ModelFile } from '../../../src/probe/models/create-model.ts'

/** What a geometry kernel that is not ours says of a model. */
export interface Solid {
  /** `NoError` for a closed surface whose triangles all face outwards. */
  readonly status: string
  readonly triangles: number
  /** Holes through the body: one for a ring. */
  readonly genus: number
  readonly volumeMm3: number
}

interface Corners {
  readonly positions: Float32Array
  /** Null for loose triangles, whose equal corners are still to be joined. */
  readonly indices: Uint32Array | null
}

const kernel = await manifoldModule()
kernel.setup()

async function bytesOf({ path }: ModelFile): Promise<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = await readFile(path)
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}

async function cornersOf(model: ModelFile): Promise<Corners> {
  const bytes = await bytesOf(model)
  if (model.format === 'stl')
    return { positions: new STLLoader().parse(bytes).getAttribute('position').array, indices: null }
  if (model.format === 'obj') {
    const [group] = new OBJLoader().parse(Buffer.from(bytes).toString()).children
    return { positions: group?.geometry.getAttribute('position').array ?? new Float32Array(), indices: null }
  }
  const document = await fromArrayBuffer(bytes, model.contentType)
  const primitive = document.getRoot().listMeshes()[0]?.listPrimitives()[0]
  return {
    positions: Float32Array.from(primitive?.getAttribute('POSITION')?.getArray() ?? []),
    indices: Uint32Array.from(primitive?.getIndices()?.getArray() ?? []),
  }
}

/** Loads a model with a loader that is not ours and lets a geometry kernel judge it. */
export async function judge(model: ModelFile): Promise<Solid> {
  const { positions, indices } = await cornersOf(model)
  const triVerts = indices ?? Uint32Array.from({ length: positions.length / 3 }, (_, index) => index)
  const mesh = new kernel.Mesh({ numProp: 3, vertProperties: positions, triVerts })
  if (indices === null) mesh.merge()
  const solid = new kernel.Manifold(mesh)
  try {
    return { status: solid.status(), triangles: solid.numTri(), genus: solid.genus(), volumeMm3: solid.volume() }
  } finally {
    solid.delete()
  }
}

/** Errors and warnings that the glTF validator has about a file. */
export async function validateGlb(model: ModelFile): Promise<{ readonly errors: number; readonly warnings: number }> {
  const { issues } = await validateBytes(new Uint8Array(await bytesOf(model)), { format: 'glb' })
  return { errors: issues.numErrors, warnings: issues.numWarnings }
}
