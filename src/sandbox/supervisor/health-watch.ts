import { z } from 'zod'
import { delay } from '../../shared/wait.ts'

const EVERY_MS = 2_000
const ANSWER_LIMIT_MS = 2_000

const unhealthy = z.object({ reason: z.string() })

/** What is wrong with a service by its own word; undefined when all is well or when it says nothing (its end is noticed elsewhere). */
async function troubleOf(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })
    if (response.ok) return undefined
    return unhealthy.safeParse(await response.json()).data?.reason
  } catch {
    return undefined
  }
}

/** Asks every service how it is, as an orchestrator does, and says so once when that changes: a database or broker that has gone is told here. */
export function watchHealth(
  services: ReadonlyMap<string, { readonly port: number }>,
  say: (sentence: string) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const known = new Map<string, string>()
  const look = async (name: string, port: number) => {
    const trouble = await troubleOf(port)
    if (trouble === known.get(name) || stopping.signal.aborted) return
    if (trouble === undefined) known.delete(name)
    else known.set(name, trouble)
    say(trouble === undefined ? `${name} is well again.` : `${name} is not well: ${trouble}.`)
  }
  const watch = async () => {
    while (!stopping.signal.aborted) {
      await delay(EVERY_MS, stopping.signal).catch(() => {})
      if (!stopping.signal.aborted) await Promise.all([...services].map(([name, { port }]) => look(name, port)))
    }
  }
  const watching = watch()
  return {
    stop: async () => {
      stopping.abort(new Error('the sandbox stops'))
      await watching
    },
  }
}
