import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

const FILE_BYTES = 100_000_000
/** Well under the file, well over what a busy garbage collector leaves lying about. */
const MOST_GROWTH_BYTES = 80_000_000
const PROGRAM = fileURLToPath(new URL('./peak-memory.ts', import.meta.url))

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-memory-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const growthOf = async (job: 'make' | 'read', format: string): Promise<number> => {
  const args = ['--max-semi-space-size=1', PROGRAM, job, format, 'binary', folder, String(FILE_BYTES)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return Number(stdout)
}

it.each(['obj', '3mf'])('makes a %s of 100 MB without holding it', { timeout: 60_000 }, async (format) => {
  expect(await growthOf('make', format)).toBeLessThan(MOST_GROWTH_BYTES)
})

// Reading an OBJ or a 3MF keeps its vertices, which is bounded but may be as much as a file of this size.
it.each(['stl', 'glb'])('makes and reads a %s of 100 MB without holding it', { timeout: 60_000 }, async (format) => {
  expect(await growthOf('make', format)).toBeLessThan(MOST_GROWTH_BYTES)
  expect(await growthOf('read', format)).toBeLessThan(MOST_GROWTH_BYTES)
})
