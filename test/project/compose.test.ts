import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig, loadContract } from '../../src/config/load.ts'

const project = join(import.meta.dirname, '..', '..')
const text = readFileSync(join(project, 'docker-compose.yml'), 'utf8')
const compose = text.replaceAll(/^\s*#.*$/gm, '')
const all = (pattern: RegExp, within = compose): string[] =>
  [...within.matchAll(pattern)].map(([, found]) => found ?? '')

describe('docker-compose.yml', () => {
  test('names every image with a full version', () => {
    const images = all(/^\s+image: (\S+)$/gm)

    expect(images.length).toBeGreaterThan(10)
    expect(images.filter((image) => !/:v?\d+\.\d+(\.\d+)?(-\w+)?$/.test(image))).toEqual(['waybill:local'])
  })

  test('publishes ports on loopback only', () => {
    const published = all(/^\s+ports: \[(.*)\]$/gm)

    expect(published.length).toBeGreaterThan(5)
    expect(published.filter((port) => !/^"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+"$/.test(port))).toEqual([])
    expect(compose).not.toMatch(/network_mode: host|privileged:/)
  })

  test('mounts only files that are there', () => {
    const mounted = all(/["\s](\.\/[^:\s"]+):\//g)

    expect(mounted.length).toBeGreaterThan(8)
    expect(mounted.filter((path) => !existsSync(join(project, path)))).toEqual([])
  })

  test('holds no secret: each comes from a variable of the example', () => {
    const needed = new Set(all(/\$\{([A-Z0-9_]+):\?/g))
    const offered = all(/^([A-Z0-9_]+)=$/gm, readFileSync(join(project, 'deploy', 'env.example'), 'utf8'))
    const written = all(/^\s+\S*(?:PASS|PASSWORD|SECRET|TOKEN|KEY)\w*: ([^$\s].*)$/gm)

    expect([...needed].sort()).toEqual(offered.filter((name) => needed.has(name)).sort())
    expect(offered.length).toBeGreaterThanOrEqual(needed.size)
    expect(written).toEqual([])
  })

  test('runs our own image on the Node the package asks for', () => {
    const manifest = readFileSync(join(project, 'package.json'), 'utf8')
    const [version] = all(/"node": "([\d.]+)"/g, manifest)

    expect(readFileSync(join(project, 'deploy', 'Dockerfile'), 'utf8')).toContain(`FROM node:${version}-`)
  })

  test('starts processes that exist', () => {
    const started = all(/"((?:\.\/)?(?:src|bin|deploy)\/[^"]+\.(?:ts|mjs))"/g)

    expect(started.length).toBeGreaterThan(8)
    expect(started.filter((path) => !existsSync(join(project, path)))).toEqual([])
  })
})

test("Waybill's own configuration beside the composed system is valid, and so is its contract", async () => {
  const loaded = await loadConfig(join(project, 'deploy', 'waybill', 'waybill.config.ts'))
  const contract = await loadContract(loaded, undefined, 'fast')

  expect(Object.keys(loaded.config.targets ?? {}).sort()).toEqual(['carrier', 'crm', 'mes', 'shop'])
  expect(Object.keys(contract.systems)).toEqual(expect.arrayContaining(['shop', 'crm', 'mes']))
})

describe('scripts/compose-env.mjs', () => {
  let folder = ''
  const make = () =>
    spawnSync(process.execPath, ['scripts/compose-env.mjs', '--out', join(folder, '.env')], { cwd: project })

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-env-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('fills in every secret, each another, readable by its owner only', () => {
    make()
    const values = all(/^[A-Z0-9_]+=(\w*)$/gm, readFileSync(join(folder, '.env'), 'utf8'))

    expect(values).not.toContain('')
    expect(new Set(values).size).toBe(values.length)
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
  })

  test('leaves passwords alone that a database may already know', () => {
    make()
    const first = readFileSync(join(folder, '.env'), 'utf8')

    expect(make().status).toBe(0)
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(first)
  })
})

describe('deploy/check-http.mjs', () => {
  const check = async (address: string) => {
    const [code] = await once(spawn(process.execPath, ['deploy/check-http.mjs', address], { cwd: project }), 'exit')
    return code
  }

  test.each([
    [200, 0],
    [503, 1],
  ])('of an address that answers %i makes exit code %i', async (status, code) => {
    const server = createServer((_, answer) => answer.writeHead(status).end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined

    expect(await check(`http://127.0.0.1:${port}/`)).toBe(code)
    server.closeAllConnections()
    server.close()
    expect(await check(`http://127.0.0.1:${port}/`)).toBe(1)
  })
})
