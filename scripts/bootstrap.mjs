// Plain JavaScript for Node 18 and later: this is what runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeInstallLock } from './install-lock.mjs'

const NODE_MAJOR = 24

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const lockFile = join(root, 'package-lock.json')
const stamp = join(modules, '.waybill-installed')

/** The lock's content, so that a checkout that only touches the file's time installs nothing. */
const lockDigest = () => createHash('sha256').update(readFileSync(lockFile)).digest('hex')

/** True when node_modules was installed from exactly this lock, or by npm after the lock was last written. */
function isUpToDate() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest()) return true
  const hidden = join(modules, '.package-lock.json')
  return existsSync(hidden) && statSync(hidden).mtimeMs >= statSync(lockFile).mtimeMs
}

/** PATH without any node_modules/.bin: npm must not run on the Node it is about to replace. */
const outsidePath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !/node_modules[\\/]+\.bin[\\/]*$/.test(folder))
    .join(delimiter)

/** The environment without what the outer npm put there, which would change what the inner one does. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle)_/.test(name))
  return { ...Object.fromEntries(kept), PATH: outsidePath() }
}

/** The major version of a Node binary, or 0 when it does not run. */
function nodeMajor(binary) {
  const answer = spawnSync(binary, ['--version'], { encoding: 'utf8', env: cleanEnvironment() })
  return answer.status === 0 ? Number(/^v(\d+)/.exec(answer.stdout)?.[1] ?? 0) : 0
}

/** Runs `npm ci`, passing a signal on to it, and resolves with its exit code. */
function installPackages() {
  return new Promise((resolve, reject) => {
    const npm = spawn('npm', ['ci'], { cwd: root, env: cleanEnvironment(), stdio: ['ignore', 'inherit', 'inherit'] })
    const pass = (signal) => npm.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass)
    npm.once('error', reject)
    npm.once('close', (code, signal) => resolve(signal === null ? code : 1))
  })
}

/** Says what is wrong in one sentence and ends. */
function fail(sentence) {
  process.stderr.write(`waybill: ${sentence}\n`)
  process.exit(1)
}

async function install() {
  const release = await takeInstallLock(join(root, '.waybill'), () =>
    process.stderr.write('waybill: another process is installing the libraries; waiting for it.\n'),
  )
  try {
    if (isUpToDate()) return
    process.stderr.write(
      'waybill: getting the libraries with `npm ci`, about 700 MB on disk (Node 24, PostgreSQL and a browser are the large ones); ' +
        'this happens once and takes from ten seconds to some minutes.\n',
    )
    const code = await installPackages().catch((error) =>
      fail(`\`npm\` could not be started (${error.message}). Install npm and try again.`),
    )
    if (code !== 0) {
      fail(
        `\`npm ci\` ended with code ${code}; what it said is above. Mend that, or run \`npm ci\` by hand, and try again.`,
      )
    }
    mkdirSync(modules, { recursive: true })
    writeFileSync(stamp, lockDigest())
  } finally {
    release()
  }
}

/** Waybill runs on the Node of node_modules, or on the machine's own where that is new enough. */
function checkNode() {
  const bundled = join(modules, '.bin', 'node')
  if (existsSync(bundled)) {
    const major = nodeMajor(bundled)
    if (major >= NODE_MAJOR) return
    fail(
      `node_modules/.bin/node is Node ${major || 'of no readable version'}, not ${NODE_MAJOR} or later. Delete node_modules and try again.`,
    )
  }
  if (nodeMajor('node') >= NODE_MAJOR) return
  fail(
    `Node ${NODE_MAJOR} is missing from node_modules: npm was told to skip install scripts (ignore-scripts). ` +
      'Run `npm ci --ignore-scripts=false`, or use Node 24 or later yourself, and try again.',
  )
}

if (!existsSync(lockFile)) fail(`${lockFile} is missing: this is no checkout of Waybill.`)
if (!isUpToDate()) await install()
checkNode()
