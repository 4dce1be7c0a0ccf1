import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const scripts = join(import.meta.dirname, '..', '..', 'scripts')
let checkout = ''

/** A checkout whose only dependency is a folder beside it that plays the `node` package, so that nothing is fetched. */
function writeCheckout({ nodeVersion }: { readonly nodeVersion: string | null }): void {
  const write = (file: string, text: string) => {
    mkdirSync(join(checkout, file, '..'), { recursive: true })
    writeFileSync(join(checkout, file), text)
  }
  const dependencies = nodeVersion === null ? {} : { node: 'file:fake-node' }
  const root = { name: 'checkout', version: '1.0.0', dependencies }
  const linked = {
    'fake-node': { name: 'node', version: '24.0.0', bin: { node: 'node.sh' } },
    'node_modules/node': { resolved: 'fake-node', link: true },
  }
  write('package.json', JSON.stringify({ ...root, private: true }))
  write(
    'package-lock.json',
    JSON.stringify({
      ...root,
      lockfileVersion: 3,
      requires: true,
      packages: { '': root, ...(nodeVersion === null ? {} : linked) },
    }),
  )
  write('fake-node/package.json', JSON.stringify({ name: 'node', version: '24.0.0', bin: { node: 'node.sh' } }))
  write('fake-node/node.sh', `#!/bin/sh\necho ${nodeVersion}\n`)
  chmodSync(join(checkout, 'fake-node', 'node.sh'), 0o755)
  // The machine's own Node: old, whatever it really is.
  write('machine/node', `#!/bin/sh\n[ "$1" = --version ] && echo v20.1.0 && exit\nexec "${process.execPath}" "$@"\n`)
  chmodSync(join(checkout, 'machine', 'node'), 0o755)
  cpSync(scripts, join(checkout, 'scripts'), { recursive: true })
}

async function bootstrap(env: NodeJS.ProcessEnv = {}): Promise<{ readonly code: number; readonly said: string }> {
  const options: SpawnOptions = {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      PATH: `${join(checkout, 'machine')}:${process.env.PATH}`,
      ...env,
    },
  }
  const child = spawn(process.execPath, ['scripts/bootstrap.mjs'], options)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  // npm may have something to say about the configuration of whoever runs this.
  return { code, said: said.replaceAll(/^npm warn .*\n/gm, '') }
}

const installs = (said: string): number => said.split('getting the libraries').length - 1
const installed = () => statSync(join(checkout, 'node_modules', '.package-lock.json')).mtimeMs

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'waybill-bootstrap-'))
})
afterEach(() => rmSync(checkout, { recursive: true, force: true }))

describe('the bootstrap', () => {
  test('installs what is missing, says so in one line, and afterwards does nothing and says nothing', async () => {
    writeCheckout({ nodeVersion: 'v24.21.0' })

    const first = await bootstrap()
    expect(first).toEqual({
      code: 0,
      said: expect.stringMatching(/^waybill: getting the libraries with `npm ci`, about .*\n$/),
    })
    const before = installed()

    expect(await bootstrap()).toEqual({ code: 0, said: '' })
    expect(installed()).toBe(before)
  })

  test('installs again when the lock has other content', async () => {
    writeCheckout({ nodeVersion: 'v24.21.0' })
    await bootstrap()
    const lock = join(checkout, 'package-lock.json')
    writeFileSync(lock, `${readFileSync(lock, 'utf8')}\n`)

    expect(installs((await bootstrap()).said)).toBe(1)
  })

  test('run twice at once installs once; the second waits and finds all done', async () => {
    writeCheckout({ nodeVersion: 'v24.21.0' })

    const both = await Promise.all([bootstrap(), bootstrap()])

    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(installs(both.map(({ said }) => said).join(''))).toBe(1)
    expect(existsSync(join(checkout, '.waybill', 'install.lock'))).toBe(false)
  })

  test('takes over from an installation whose process has died', async () => {
    writeCheckout({ nodeVersion: 'v24.21.0' })
    const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    await once(dead, 'close')
    mkdirSync(join(checkout, '.waybill'))
    writeFileSync(join(checkout, '.waybill', 'install.lock'), `${dead.pid}\n`)

    expect((await bootstrap()).code).toBe(0)
  })

  test('is not led astray by what an outer npm left in the environment', async () => {
    writeCheckout({ nodeVersion: 'v24.21.0' })

    expect((await bootstrap({ npm_config_dry_run: 'true' })).code).toBe(0)
    expect(existsSync(join(checkout, 'node_modules', '.bin', 'node'))).toBe(true)
  })

  test('says plainly that install scripts were skipped when no Node 24 came', async () => {
    writeCheckout({ nodeVersion: null })

    const { code, said } = await bootstrap()

    expect(code).toBe(1)
    expect(said).toContain('npm was told to skip install scripts (ignore-scripts). Run `npm ci --ignore-scripts=false`')
  })

  test('refuses an old Node in node_modules', async () => {
    writeCheckout({ nodeVersion: 'v22.1.0' })

    const { code, said } = await bootstrap()

    expect(code).toBe(1)
    expect(said).toContain('node_modules/.bin/node is Node 22, not 24 or later.')
  })

  test('passes on the failure of npm with one sentence of its own', async () => {
    writeCheckout({ nodeVersion: 'v24.21.0' })
    writeFileSync(
      join(checkout, 'package.json'),
      '{"name":"checkout","version":"1.0.0","dependencies":{"missing-here":"1.0.0"}}',
    )

    const { code, said } = await bootstrap()

    expect(code).toBe(1)
    expect(said).toMatch(/waybill: `npm ci` ended with code \d+; what it said is above\./)
  })
})
