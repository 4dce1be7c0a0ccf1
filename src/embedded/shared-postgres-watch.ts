import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/** A small process that leaves in our place should we be killed. */
export interface LeavingWatch {
  /** Ends it after an orderly leave. */
  dismiss(): Promise<void>
}

/** A line means that we left by ourselves; the end of the pipe without one, that we are gone. */
const WATCH = `
trap '' INT TERM HUP QUIT PIPE
if read -r _; then exit 0; fi
exec "$@"
`

/** Watches over us: when we die without leaving, the server of `folder` is stopped unless others use it. */
export function watchLeaving(folder: string): LeavingWatch {
  const leave = fileURLToPath(new URL('./shared-postgres-leave.ts', import.meta.url))
  const watch = spawn('/bin/sh', ['-c', WATCH, 'waybill-watch', process.execPath, leave, folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watch.on('error', () => {})
  watch.stdin.on('error', () => {})
  watch.unref()
  const pipe = watch.stdin as unknown as Socket
  pipe.unref()
  return {
    dismiss: () =>
      new Promise((resolve) => {
        if (watch.pid === undefined || watch.exitCode !== null || watch.signalCode !== null) return resolve()
        watch.once('exit', () => resolve())
        watch.ref()
        pipe.end('left\n')
      }),
  }
}
