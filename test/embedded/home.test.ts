import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findHome } from '../../src/embedded/home.ts'
import { createRunFolder } from '../../src/embedded/run-folder.ts'
import { startElsewhere } from './starter.ts'
import { waitUntil } from './wait-until.ts'

const isRoot = process.getuid?.() === 0
let base: string

beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'waybill-home-'))
  await chmod(base, 0o755)
})

afterEach(() => rm(base, { recursive: true, force: true }))

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  )

describe('the home on this machine', () => {
  it.each([
    {
      name: 'WAYBILL_CACHE before all else',
      env: { WAYBILL_CACHE: 'named', XDG_CACHE_HOME: 'xdg', HOME: 'home' },
      cache: 'named',
    },
    { name: 'XDG_CACHE_HOME', env: { XDG_CACHE_HOME: 'xdg', HOME: 'home' }, cache: 'xdg/waybill' },
    { name: 'the home folder', env: { HOME: 'home' }, cache: 'home/.cache/waybill' },
  ])('is $name', async ({ env, cache }) => {
    const inBase = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, path.join(base, value)]))
    expect((await findHome(inBase)).cache).toBe(path.join(base, cache))
  })

  it.runIf(isRoot)('is elsewhere when we are root and others cannot enter the home folder', async () => {
    await mkdir(path.join(base, 'closed'), { mode: 0o700 })
    const { cache } = await findHome({ HOME: path.join(base, 'closed') })
    expect(cache).toBe('/var/cache/waybill')
    expect(await readdir(path.join(base, 'closed'))).toEqual([])
  })

  it('says which folders it tried when none can be had', async () => {
    const inFile = path.join(base, 'file', 'cache')
    await writeFile(path.join(base, 'file'), '')
    await expect(findHome({ WAYBILL_CACHE: inFile })).rejects.toMatchObject({
      code: 'part-missing',
      message: expect.stringContaining(inFile),
    })
  })
})

describe('a run folder', () => {
  const env = () => ({ ...process.env, WAYBILL_CACHE: base })
  const runs = () => readdir(path.join(base, 'runs'))

  it('is gone once released, and may be released twice', async () => {
    const folder = await createRunFolder('demo', env())
    await mkdir(path.join(folder.path, 'data'))
    await Promise.all([folder.release(), folder.release()])
    expect(await runs()).toEqual([])
  })

  it('is gone when its owner is killed', async () => {
    const starter = await startElsewhere<{ folder: string }>('folder', { env: { WAYBILL_CACHE: base } })
    expect(await exists(starter.said.folder)).toBe(true)
    await starter.kill()
    await waitUntil('the end of the folder', async () => !(await exists(starter.said.folder)))
  })

  it('is gone for good when something its owner had begun makes it anew', async () => {
    const starter = await startElsewhere<{ folder: string }>('folder', { env: { WAYBILL_CACHE: base } })
    await starter.kill()
    const { folder } = starter.said
    await waitUntil('the end of the folder', async () => !(await exists(folder)))
    await mkdir(path.join(folder, 'playwright'), { recursive: true })
    await waitUntil('its second end', async () => !(await exists(folder)))
  })

  it('clears away folders whose owner and watchdog both died, and no others', async () => {
    await createRunFolder('demo', env()).then((folder) => folder.release())
    await mkdir(path.join(base, 'runs', 'demo-99999999-abc'))
    await mkdir(path.join(base, 'runs', `demo-${process.pid}-abc`))
    await createRunFolder('demo', env()).then((folder) => folder.release())
    expect(await runs()).toEqual([`demo-${process.pid}-abc`])
  })
})
