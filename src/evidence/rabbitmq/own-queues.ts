const PREFIX = 'waybill.tap.'

/** How message tracing was when the first monitor came: what the last to leave puts back. `unknown`: nobody could ask. */
export type TracingFound = 'on' | 'off' | 'unknown'

/** Names of one session's own exclusive queues. The first is at the same time the lease that others see. */
export interface OwnQueues {
  readonly traces: string
  readonly letters: string
  /** Takes one message of those the other two had no room for. */
  readonly overflow: string
}

/** The names for a session; `id` is drawn at random, because a broken connection's queues may outlive it for a while. */
export const ownQueues = (id: string, found: TracingFound): OwnQueues => ({
  traces: `${PREFIX}${id}.traces.found-${found}`,
  letters: `${PREFIX}${id}.letters`,
  overflow: `${PREFIX}${id}.overflow`,
})

/** Whether a queue belongs to a monitor, ours or another. */
export const isMonitors = (queue: string): boolean => queue.startsWith(PREFIX)

/** Pattern, as the management API takes it, for the leases of all monitors. */
export const LEASE_PATTERN = '^waybill\\.tap\\.[^.]+\\.traces\\.found-'

/** How the holder of a lease says it found tracing; null for a queue that is no lease. */
export function foundBy(queue: string): TracingFound | null {
  const [, found] = /\.traces\.found-(on|off|unknown)$/.exec(isMonitors(queue) ? queue : '') ?? []
  return found === 'on' || found === 'off' || found === 'unknown' ? found : null
}
