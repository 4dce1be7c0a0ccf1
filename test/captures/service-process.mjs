import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const READY_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 20_000

/** Starts a program that prints `ready <port>` once it serves; gives its port and a clean stop that lets it send its last spans. */
export async function startService(command, args, options) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const port = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${args.at(-1)} is not ready`)), READY_LIMIT_MS)
    child.once('exit', (code) => reject(new Error(`${args.at(-1)} ended with ${code}`)))
    createInterface(child.stdout).on('line', (line) => {
      const ready = /^ready (\d+)$/.exec(line)
      if (ready === null) return void console.error(line)
      clearTimeout(late)
      resolve(Number(ready[1]))
    })
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await ended
    clearTimeout(late)
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}

/** Asks `look` again and again until it answers something true. */
export async function until(what, look) {
  for (let attempt = 0; attempt < 300; attempt++) {
    const answer = await look()
    if (answer) return answer
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`waited in vain until ${what}`)
}
