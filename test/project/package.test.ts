import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const project = join(import.meta.dirname, '..', '..')
const versions = z.record(z.string(), z.string())
const manifest = z
  .object({ dependencies: versions, devDependencies: versions, allowScripts: z.record(z.string(), z.boolean()) })
  .parse(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')))
const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({ version: z.string().optional(), optionalDependencies: versions.optional() }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')))

/** Where the lock holds `name` for the package at `path`: beside it or in any folder above. */
const isLocked = (path: string, name: string): boolean => {
  const folders = path
    .split('/node_modules/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'))
  return ['', ...folders.map((folder) => `${folder}/`)].some(
    (folder) => `${folder}node_modules/${name}` in lock.packages,
  )
}

const direct = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })

describe('the package', () => {
  test('asks for exact versions only', () => {
    const loose = direct.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))

    expect(loose).toEqual([])
  })

  test('has a lock that holds exactly what it asks for', () => {
    const different = direct.filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version)

    expect(different).toEqual([])
  })

  test('has a lock that also holds the packages of other platforms, without which `npm ci` refuses it everywhere', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
    )

    expect(missing).toEqual([])
  })

  test.each(['playwright', 'amqplib', '@opentelemetry/sdk-node', 'vitest', 'node-cron', '@slack/webhook'])(
    'depends on %s directly',
    (name) => {
      expect(direct.map(([known]) => known)).toContain(name)
    },
  )

  test('brings a Node that runs TypeScript as it stands', () => {
    expect(Number(manifest.dependencies.node?.split('.')[0])).toBeGreaterThanOrEqual(24)
  })

  test('names the packages whose install scripts it needs, and only by name, so that the allowance survives an update', () => {
    expect(Object.keys(manifest.allowScripts).filter((name) => /.@/.test(name))).toEqual([])
    expect(manifest.allowScripts.node).toBe(true)
  })
})
