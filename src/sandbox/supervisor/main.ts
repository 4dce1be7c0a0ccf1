import { fstatSync } from 'node:fs'
import { asWaybillError } from '../../shared/errors.ts'
import type { SandboxMessage } from '../ready.ts'
import { readOptions } from './options.ts'
import { startSandbox } from './sandbox.ts'

const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const

const tell = (message: SandboxMessage) => {
  if (process.connected === true) process.send?.(message)
}

const say = (sentence: string) => {
  process.stderr.write(`${sentence}\n`)
  tell({ type: 'progress', text: sentence })
}

/** A starter that has gone is noticed by the end of what it held: the IPC channel, or standard input where that is a pipe. */
function onStarterGone(gone: () => void): void {
  process.once('disconnect', gone)
  const stdin = fstatSync(0, { throwIfNoEntry: false })
  if (stdin === undefined || !(stdin.isFIFO() || stdin.isSocket())) return
  process.stdin.once('end', gone)
  process.stdin.once('error', gone)
  process.stdin.resume()
}

async function main(): Promise<number> {
  const stopping = new AbortController()
  let exitCode = 0
  for (const [name, code] of Object.entries(EXIT_BY_SIGNAL)) {
    process.once(name, () => {
      exitCode = code
      stopping.abort(new Error('stopped'))
    })
  }
  onStarterGone(() => stopping.abort(new Error('the starter has gone')))
  process.stderr.on('error', () => {})
  process.stdout.on('error', () => {})

  const options = readOptions(process.argv.slice(2))
  const startedAt = performance.now()
  try {
    const sandbox = await startSandbox(options, { env: process.env, signal: stopping.signal, say })
    say(`The order system is up after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`)
    process.stdout.write(`${JSON.stringify(sandbox.ready)}\n`)
    tell(sandbox.ready)
    if (!stopping.signal.aborted)
      await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
    await sandbox.stop()
    return exitCode
  } catch (error) {
    if (stopping.signal.aborted) return exitCode
    throw error
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = asWaybillError(error)
    process.stderr.write(`${known.sentence()}\n`)
    tell({ type: 'failed', sentence: known.sentence() })
    process.exit(known.code === 'bad-usage' ? 2 : 1)
  },
)
