import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Where exports go that arrive late. */
export interface DelayedExports {
  readonly url: string
  forwardTo(url: string): void
  stop(): Promise<void>
}

/** Starts the forwarder that holds every export for up to `longestMs`. */
export async function delayExports(longestMs: number): Promise<DelayedExports> {
  const child = fork(join(import.meta.dirname, 'delaying-forwarder.ts'), [String(longestMs)])
  const [port] = (await once(child, 'message')) as [number]
  return {
    url: `http://127.0.0.1:${port}`,
    forwardTo: (url) => void child.send(url),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
