import { z } from 'zod'
import { UnreadableModel } from './unreadable-model.ts'

/** Mode of a primitive that is a list of triangles; what is greater is a strip or a fan, what is smaller has no surface. */
export const TRIANGLES = 4
const HIDING_EXTENSIONS = ['KHR_draco_mesh_compression', 'EXT_meshopt_compression', 'KHR_mesh_quantization']

const count = z.int().nonnegative()
const numbers = z.array(z.number())
const gltf = z.object({
  asset: z.object({ version: z.string() }),
  extensionsRequired: z.array(z.string()).default([]),
  scene: count.optional(),
  scenes: z.array(z.object({ nodes: z.array(count).default([]) })).default([]),
  nodes: z
    .array(
      z.object({
        mesh: count.optional(),
        children: z.array(count).default([]),
        matrix: numbers.length(16).optional(),
        scale: numbers.length(3).optional(),
      }),
    )
    .default([]),
  meshes: z
    .array(
      z.object({
        primitives: z.array(
          z.object({
            attributes: z.record(z.string(), count),
            indices: count.optional(),
            mode: count.default(TRIANGLES),
          }),
        ),
      }),
    )
    .default([]),
  accessors: z
    .array(
      z.object({
        bufferView: count.optional(),
        byteOffset: count.default(0),
        componentType: count,
        count,
        type: z.string(),
        sparse: z.unknown().optional(),
      }),
    )
    .default([]),
  bufferViews: z
    .array(z.object({ buffer: count, byteOffset: count.default(0), byteLength: count, byteStride: count.optional() }))
    .default([]),
  buffers: z.array(z.object({ byteLength: count, uri: z.string().optional() })).default([]),
})
/** What a glTF says of its geometry. */
export type Gltf = z.infer<typeof gltf>

/** The GLB model cannot be read, and why. */
export const wrongGlb = (what: string): UnreadableModel => new UnreadableModel(`The GLB model ${what}.`)

/** Reads and checks the JSON of a glTF. */
export function parseDescription(text: Buffer): Gltf {
  let read: unknown
  try {
    read = JSON.parse(text.toString('utf8'))
  } catch {
    throw wrongGlb('has a description that is not JSON')
  }
  const parsed = gltf.safeParse(read)
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.join('.') ?? ''
    throw wrongGlb(`has a description that breaks the glTF format at "${place}"`)
  }
  const hiding = parsed.data.extensionsRequired.find((name) => HIDING_EXTENSIONS.includes(name))
  if (hiding !== undefined) throw wrongGlb(`keeps its geometry in the extension ${hiding}, which is not understood`)
  return parsed.data
}
