import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { provisionOnce } from '../../src/embedded/provision.ts'

/** No process has it: Linux ends at 4194304. */
const DEAD = 99_999_999

let cache: string
let target: string

beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'waybill-provision-'))
  target = path.join(cache, 'program')
})

afterEach(() => rm(cache, { recursive: true, force: true }))

const buildSlowly = (built: string[], name: string) => async (folder: string) => {
  built.push(name)
  await new Promise((resolve) => setImmediate(resolve))
  await writeFile(path.join(folder, 'file'), name)
}

describe('something provisioned once', () => {
  it('is built by one of many who ask at the same time', async () => {
    const built: string[] = []
    await Promise.all(['a', 'b', 'c'].map((name) => provisionOnce(target, buildSlowly(built, name))))
    expect(built).toHaveLength(1)
    expect(await readFile(path.join(target, 'file'), 'utf8')).toBe(built[0])
    expect(await readdir(cache)).toEqual(['program'])
  })

  it('is absent after a build that failed, and the next one may try', async () => {
    await expect(provisionOnce(target, () => Promise.reject(new Error('offline')))).rejects.toThrow('offline')
    expect(await readdir(cache)).toEqual([])
    await provisionOnce(target, buildSlowly([], 'later'))
    expect(await readdir(cache)).toEqual(['program'])
  })

  it('clears away what a killed builder left: its lock and its half-built folder', async () => {
    await writeFile(`${target}.lock`, String(DEAD))
    await mkdir(`${target}.part-${DEAD}-abc`)
    await provisionOnce(target, buildSlowly([], 'a'))
    expect(await readdir(cache)).toEqual(['program'])
  })

  it('keeps the first result when two builders get past the lock', async () => {
    await provisionOnce(target, async (folder) => {
      await writeFile(path.join(folder, 'file'), 'second')
      await mkdir(target)
      await writeFile(path.join(target, 'file'), 'first')
    })
    expect(await readFile(path.join(target, 'file'), 'utf8')).toBe('first')
    expect(await readdir(cache)).toEqual(['program'])
  })

  it('stops waiting for another builder when it is aborted', async () => {
    await writeFile(`${target}.lock`, String(process.pid))
    const waiting = provisionOnce(target, buildSlowly([], 'a'), AbortSignal.abort(new Error('enough')))
    await expect(waiting).rejects.toThrow('enough')
  })
})
