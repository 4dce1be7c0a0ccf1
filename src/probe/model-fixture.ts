import { mkdir, rm } from 'node:fs/promises'
import type { createModel } from './models/create-model.ts'
import type { MadeFile } from './page-files.ts'

type ModelSpec = Parameters<typeof createModel>[0]

/** Makes the 3D model of the order: a fresh one in every run. */
export interface ModelMaker {
  /** Path of a new model file; it is removed when the probe ends. */
  file(spec: Omit<ModelSpec, 'seed'>): Promise<string>
}

/** Models of one order in a folder of its own. */
export interface Models {
  readonly maker: ModelMaker
  /** The model made last; null before the first. */
  last(): MadeFile | null
  /** Takes the folder away. */
  remove(): Promise<void>
}

/** Makes nothing, nor a folder, before it is asked to. */
export function createModelMaker(folder: string, seed: string): Models {
  let made = 0
  let last: MadeFile | null = null
  return {
    maker: {
      file: async (spec) => {
        await mkdir(folder, { recursive: true })
        made += 1
        const { createModel } = await import('./models/create-model.ts')
        const model = await createModel({ ...spec, seed: made === 1 ? seed : `${seed}-${made}` }, folder)
        const { path, bytes, sha256, headSha256 } = model
        last = { path, bytes, sha256, headSha256 }
        return path
      },
    },
    last: () => last,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
