import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./starters/start.ts', import.meta.url))

/** A process that started one of the embedded parts, for tests about what happens to the part when its starter goes. */
export interface Starter<Message> {
  readonly said: Message
  kill(): Promise<void>
  /** Tells it to leave in order and waits for its end. */
  leave(): Promise<void>
}

/** Forks a starter and waits until it says that the part is there. */
export async function startElsewhere<Message>(
  what: 'child' | 'folder' | 'postgres' | 'rabbitmq' | 'shared',
  options: { readonly home?: string; readonly uid?: number; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Starter<Message>> {
  const { home = '', uid, env } = options
  const child = fork(SCRIPT, [what, home], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const said = await Promise.race([
    once(child, 'message').then(([message]) => message as Message),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the starter of ${what} ended with ${code}`))),
  ])
  const ended = (end: (child: ChildProcess) => void) => async () => {
    const exit = once(child, 'exit')
    end(child)
    await exit
  }
  return { said, kill: ended((it) => it.kill('SIGKILL')), leave: ended((it) => it.send('leave')) }
}
