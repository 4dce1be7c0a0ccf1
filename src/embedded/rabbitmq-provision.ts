import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { WaybillError } from '../shared/errors.ts'
import { spawnGuarded, untilDone } from './child.ts'
import { exists, type OnProgress, provisionOnce } from './provision.ts'
import { findSbin, type RabbitInstall } from './rabbitmq-find.ts'

const APT_SOURCES = '/etc/apt/sources.list.d'
const NO_OPTIONAL = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
  (kind) => `--no-${kind}`,
)

/** Whether this machine can unpack Debian packages: it has apt and dpkg. */
export async function canProvisionRabbitmq(): Promise<boolean> {
  return (await exists('/usr/bin/apt-get')) && (await exists('/usr/bin/apt-cache')) && (await exists('/usr/bin/dpkg'))
}

/**
 * Gets Debian's RabbitMQ and Erlang packages and unpacks them into the cache; nothing is installed and no root is needed.
 * The packages are checked by apt against Debian's signatures.
 */
export async function provisionRabbitmq(
  cache: string,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<RabbitInstall> {
  const target = path.join(cache, 'rabbitmq-debian')
  await provisionOnce(
    target,
    async (part) => {
      onProgress?.(
        'Getting RabbitMQ and Erlang from Debian (34 MB) and unpacking them to the cache; once on this machine.',
      )
      await chmod(part, 0o755)
      const work = await mkdtemp(`${target}.part-${process.pid}-apt-`)
      try {
        await chmod(work, 0o755)
        await download(work, signal)
        for (const name of (await readdir(work)).filter((file) => file.endsWith('.deb'))) {
          await run('/usr/bin/dpkg', ['-x', path.join(work, name), part], { cwd: work, signal })
        }
      } finally {
        await rm(work, { recursive: true, force: true })
      }
      await pointErlangTo(part, target)
    },
    signal,
  )
  return unpackedIn(target)
}

async function unpackedIn(root: string): Promise<RabbitInstall> {
  const sbin = await findSbin(path.join(root, 'usr/lib/rabbitmq/lib'))
  const erlang = path.join(root, 'usr/lib/erlang')
  const erts = (await readdir(erlang).catch(() => [])).find((name) => name.startsWith('erts-'))
  if (sbin === undefined || erts === undefined) {
    throw new WaybillError({
      code: 'part-failed',
      message: 'The RabbitMQ unpacked in the cache is not whole.',
      place: root,
      hint: 'Delete that folder and try again.',
    })
  }
  const libraries = path.join(root, 'usr/lib')
  const triplets = (await readdir(libraries)).filter((name) => name.endsWith('-linux-gnu'))
  return {
    sbin,
    erlangPath: [path.join(erlang, 'bin'), path.join(erlang, erts, 'bin')],
    libraryPath: [
      ...triplets.map((name) => path.join(libraries, name)),
      ...triplets.map((name) => path.join(root, 'lib', name)),
    ],
    from: 'debian-packages',
  }
}

/** Debian's `erl` holds the absolute path of its root, so it must name the folder's last place before it gets that name. */
async function pointErlangTo(part: string, target: string): Promise<void> {
  const erl = path.join(part, 'usr/lib/erlang/bin/erl')
  const text = await readFile(erl, 'utf8')
  await writeFile(erl, text.replaceAll('ROOTDIR=/usr/lib/erlang', `ROOTDIR=${path.join(target, 'usr/lib/erlang')}`))
}

/** First with the package lists of the system; when those are missing or too old, with fresh ones of our own. */
async function download(work: string, signal?: AbortSignal): Promise<void> {
  try {
    await downloadWith(work, [], signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof WaybillError)) throw error
    const own = await ownAptState(work)
    await run('/usr/bin/apt-get', [...own, 'update'], { cwd: work, signal })
    await downloadWith(work, own, signal)
  }
}

async function downloadWith(work: string, apt: readonly string[], signal?: AbortSignal): Promise<void> {
  const closure = await run('/usr/bin/apt-cache', [...apt, 'depends', '--recurse', ...NO_OPTIONAL, 'rabbitmq-server'], {
    cwd: work,
    signal,
  })
  const own = [...new Set(closure.filter((line) => /^(rabbitmq-server|erlang-[a-z0-9-]+)$/.test(line)))]
  if (!own.includes('rabbitmq-server')) {
    throw new WaybillError({ code: 'part-missing', message: 'The package lists do not know rabbitmq-server.' })
  }
  const direct = await run('/usr/bin/apt-cache', [...apt, 'depends', ...NO_OPTIONAL, ...own], { cwd: work, signal })
  const libraries = direct.flatMap((line) => /Depends: (lib[a-z0-9.+-]+)$/.exec(line)?.[1] ?? [])
  const missing = (
    await Promise.all([...new Set(libraries)].map(async (name) => ((await isInstalled(name)) ? [] : [name])))
  ).flat()
  await run('/usr/bin/apt-get', [...apt, '-q', 'download', ...own, ...missing], { cwd: work, signal })
}

const isInstalled = async (name: string): Promise<boolean> => {
  const files = await readdir('/var/lib/dpkg/info').catch(() => [])
  return files.some((file) => file === `${name}.list` || (file.startsWith(`${name}:`) && file.endsWith('.list')))
}

/** Options that keep apt's lists and cache in a folder of ours, so that no root is needed. */
async function ownAptState(work: string): Promise<string[]> {
  const state = path.join(work, 'state')
  const sources = path.join(work, 'sources')
  for (const folder of [path.join(state, 'lists/partial'), path.join(state, 'cache/archives/partial'), sources]) {
    await mkdir(folder, { recursive: true })
  }
  for (const name of await readdir(APT_SOURCES).catch(() => [])) {
    if (/debian|ubuntu/.test(name) && /\.(sources|list)$/.test(name)) {
      await copyFile(path.join(APT_SOURCES, name), path.join(sources, name))
    }
  }
  const options = {
    'Dir::State': state,
    'Dir::State::lists': path.join(state, 'lists'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': path.join(state, 'cache'),
    'Dir::Etc::sourceparts': sources,
    'Debug::NoLocking': '1',
  }
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly signal?: AbortSignal | undefined },
): Promise<string[]> {
  const lines: string[] = []
  const child = spawnGuarded(command, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    onLine: (line, stream) => {
      if (stream === 'stdout') lines.push(line)
    },
  })
  const stop = () => void child.stop({ signal: 'SIGKILL' })
  options.signal?.addEventListener('abort', stop, { once: true })
  try {
    await untilDone(child, path.basename(command))
    return lines
  } finally {
    options.signal?.removeEventListener('abort', stop)
    await child.stop()
    options.signal?.throwIfAborted()
  }
}
