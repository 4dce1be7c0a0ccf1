import type { Channel } from 'amqplib'

/** Looks whether our queues had no room for all that passed. */
export interface Overflow {
  /** Looks, tells `onOverflow` if so, and clears the sign. Never rejects; the session ends where it cannot look. */
  look(): Promise<void>
}

export function createOverflow(channel: Channel, queue: string, onOverflow: () => void): Overflow {
  return {
    look: async () => {
      try {
        const { messageCount } = await channel.checkQueue(queue)
        if (messageCount === 0) return
        await channel.purgeQueue(queue)
        onOverflow()
      } catch {
        // The connection is gone: nothing is vouched for until the next.
        onOverflow()
      }
    },
  }
}
