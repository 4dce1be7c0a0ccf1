import { mkdir, rm } from 'node:fs/promises'
import type { createModel } from './models/create-model.ts'

type ModelSpec = Parameters<typeof createModel>[0]

/** Makes the 3D model of the order: a fresh one in every run. */
export interface ModelMaker {
  /** Path of a new model file; it is removed when the probe ends. */
  file(spec: Omit<ModelSpec, 'seed'>): Promise<string>
}

/** Models of one order in a folder of its own; `remove` takes the folder away. */
export function createModelMaker(folder: string, seed: string): { maker: ModelMaker; remove: () => Promise<void> } {
  let made = 0
  return {
    maker: {
      file: async (spec) => {
        await mkdir(folder, { recursive: true })
        made += 1
        const { createModel } = await import('./models/create-model.ts')
        const model = await createModel({ ...spec, seed: made === 1 ? seed : `${seed}-${made}` }, folder)
        return model.path
      },
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
