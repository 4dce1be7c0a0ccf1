import { listOf, tableOf, textOf } from './header-values.ts'
import type { Management, ManagementAnswer } from './management.ts'
import { foundBy, LEASE_PATTERN, type TracingFound } from './own-queues.ts'

/** Message tracing of one virtual host: switched on for all monitors that hold a lease, put back by the last. */
export interface TracingSwitch {
  /** How tracing was found: by us when nobody else was there, else by whoever came first. Asked before a lease is taken. */
  find(): Promise<TracingFound>
  /** What `find` found, unless it has turned out otherwise since. */
  found(): TracingFound
  /** Switches tracing on if it is off; null, or why it cannot be done. Asked once the lease is taken, so that nobody switches it off meanwhile. Without a management API it is somebody else's to switch. */
  switchOn(): Promise<string | null>
  /** Puts tracing back as it was found, if nobody else holds a lease. Asked once our own lease is gone. */
  putBack(): Promise<void>
  /** How many nodes the broker has; null where that cannot be told. Tracing is switched for one node only. */
  nodes(): Promise<number | null>
}

/** `management` null: tracing is somebody else's to switch, and found `unknown`. */
export function createTracingSwitch(management: Management | null, vhost: string): TracingSwitch {
  const path = `vhosts/${encodeURIComponent(vhost)}`
  /** Kept over reconnects: after the first time we would only find what we did ourselves. */
  let found: TracingFound = 'unknown'
  let switched = false

  const read = async (): Promise<Readonly<Record<string, unknown>> | string> => {
    if (management === null) return 'there is no management API'
    const answer = await management.get(path)
    if (isGood(answer)) return tableOf(answer.body)
    // Only administrators may ask about one; whoever may see it finds it in the list.
    const all = await management.get('vhosts?columns=name,description,tags,default_queue_type,tracing,cluster_state')
    const ours = isGood(all)
      ? listOf(all.body)
          .map(tableOf)
          .find(({ name }) => name === vhost)
      : undefined
    return ours ?? problemOf(answer)
  }

  const set = async (tracing: boolean): Promise<string | null> => {
    const known = await read()
    if (typeof known === 'string') return known
    if (management === null || known.tracing === tracing) return null
    // Off although it was found on: whoever had switched it on has gone, or the broker was started again.
    if (tracing && found === 'on') found = 'off'
    // The same request sets what it leaves out to nothing.
    const { description, tags, default_queue_type: type } = known
    const answer = await management.put(path, {
      tracing,
      description: textOf(description) ?? '',
      tags: listOf(tags).join(','),
      ...(typeof type === 'string' && type !== 'undefined' ? { default_queue_type: type } : {}),
    })
    return isGood(answer) ? null : problemOf(answer)
  }

  return {
    find: async () => {
      // Before the leases: whoever switches it on has a lease by then.
      const known = await read()
      const others = await leases(management, vhost)
      if (typeof known === 'string' || others === null) return found
      if (others.includes('off')) found = 'off'
      else if (found === 'unknown') found = others.length > 0 || known.tracing === true ? 'on' : 'off'
      return found
    },
    found: () => found,
    switchOn: async () => {
      if (management === null) return null
      const problem = await set(true)
      if (problem === null) switched = true
      return problem
    },
    putBack: async () => {
      if (!switched || found !== 'off') return
      const others = await leases(management, vhost)
      if (others?.length === 0) await set(false)
    },
    nodes: async () => {
      const known = await read()
      return typeof known === 'string' ? null : Object.keys(tableOf(known.cluster_state)).length
    },
  }
}

const isGood = (answer: ManagementAnswer): answer is Extract<ManagementAnswer, { outcome: 'answered' }> =>
  answer.outcome === 'answered' && answer.status < 300

const problemOf = (answer: ManagementAnswer): string =>
  answer.outcome === 'unavailable' ? answer.why : `the management API answered ${answer.status}`

/** What each lease in the virtual host says; null when that cannot be told. */
async function leases(management: Management | null, vhost: string): Promise<readonly TracingFound[] | null> {
  if (management === null) return null
  const query = new URLSearchParams({
    name: LEASE_PATTERN,
    use_regex: 'true',
    page: '1',
    page_size: '500',
    disable_stats: 'true',
    enable_queue_totals: 'true',
  })
  const answer = await management.get(`queues/${encodeURIComponent(vhost)}?${query}`)
  if (!isGood(answer)) return null
  return listOf(tableOf(answer.body).items).flatMap((item) => {
    const name = tableOf(item).name
    return (typeof name === 'string' ? foundBy(name) : null) ?? []
  })
}
