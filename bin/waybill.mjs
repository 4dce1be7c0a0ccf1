#!/usr/bin/env node
// Plain JavaScript for any Node from 18 on: Waybill itself is TypeScript, which only Node 24 and later run as it stands.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED = 24
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const main = join(root, 'src', 'cli', 'main.ts')
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

const giveUp = (sentence) => {
  process.stderr.write(`waybill: ${sentence}\n`)
  process.exit(2)
}

if (!existsSync(join(root, 'node_modules', 'commander'))) {
  giveUp(`Waybill is not installed yet. Run "npm ci" in ${root} and try again.`)
} else if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  await import(pathToFileURL(main).href)
} else if (!existsSync(node)) {
  giveUp(
    `Waybill needs Node ${NEEDED}, and the one it brings is missing. Run "npm ci" (with install scripts allowed) in ${root}.`,
  )
} else {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // On a terminal Ctrl-C reaches the child by itself; sent twice it would end the child at once.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => giveUp(`Node ${NEEDED} could not be started: ${error.message}.`))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)))
}
