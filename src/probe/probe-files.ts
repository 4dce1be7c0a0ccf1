import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { WaybillError } from '../shared/errors.ts'
import { PROBE_FILE_SUFFIX } from './names.ts'

/** One probe of a folder. */
export interface ProbeFile {
  readonly name: string
  readonly file: string
}

/** The probes of a folder, by name. */
export async function listProbes(folder: string): Promise<readonly ProbeFile[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new WaybillError({
      code: 'bad-configuration',
      message: 'The folder of the probes cannot be read.',
      place: folder,
      hint: 'Name the folder in the configuration (probes.folder).',
      cause,
    })
  })
  return names
    .filter((name) => name.endsWith(PROBE_FILE_SUFFIX))
    .sort()
    .map((name) => ({ name: name.slice(0, -PROBE_FILE_SUFFIX.length), file: join(folder, name) }))
}
