import type { Connection, OpenChannel } from './connection.ts'

/** What a passive declaration tells of a queue at this very moment. */
export interface Looked {
  readonly exists: boolean
  readonly ready: number | null
  readonly consumers: number | null
}

/** Looks at queues by declaring them passively, which changes nothing, needs no right and is not five seconds old. */
export interface QueueLooker {
  /** Null when it could not be told: no connection, or the queue is exclusively somebody's. */
  look(queue: string): Promise<Looked | null>
}

/** A look that fails costs a channel and a line in the broker's log, so a queue that is not there is looked for less often. */
const MISSING_AGAIN_MS = 2_000
const NOT_FOUND = 404

/** `connection` gives the one that stands at the moment; null while there is none. */
export function createQueueLooker(connection: () => Connection | null): QueueLooker {
  let open: { readonly on: Connection; readonly channel: OpenChannel } | null = null
  const notBefore = new Map<string, number>()

  const current = async (): Promise<OpenChannel | null> => {
    const on = connection()
    if (on === null) return null
    if (open?.on !== on) open = { on, channel: await on.channel() }
    return open.channel
  }

  return {
    look: async (queue) => {
      if (performance.now() < (notBefore.get(queue) ?? 0)) return null
      try {
        const used = await current()
        if (used === null) return null
        const { messageCount, consumerCount } = await used.channel.checkQueue(queue)
        notBefore.delete(queue)
        return { exists: true, ready: messageCount, consumers: consumerCount }
      } catch (error) {
        // The failure has closed the channel.
        open = null
        const code = codeOf(error)
        if (typeof code === 'number') notBefore.set(queue, performance.now() + MISSING_AGAIN_MS)
        return code === NOT_FOUND ? { exists: false, ready: null, consumers: null } : null
      }
    },
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, 'code') : undefined)
