import type { Clock } from '../../shared/clock.ts'
import type { UnixNanos } from '../../shared/units.ts'
import { type FileChecked, MONITOR_CLOCK } from '../fact.ts'
import type { KeySet } from '../keys.ts'
import { createOutage } from '../outage.ts'
import type { Answer, Asker, Pace } from '../ports.ts'
import { openBucketClient } from './bucket-client.ts'
import { type Fingerprint, fingerprintOf } from './fingerprint.ts'
import type { StorageAccess, StoredFile } from './settings.ts'
import { detailOf, refusalOf } from './trouble.ts'

export interface StorageOptions {
  readonly access: StorageAccess
  /** Files to look for, by the hand-off that brings them there. */
  readonly files: Readonly<Record<string, StoredFile>>
  readonly clock: Clock
  /** Longest time for one request, and for each 8 MiB of a file. */
  readonly timeoutMs: number
  readonly pace: Pace
}

type Look = Pick<FileChecked, 'object' | 'outcome' | 'bytes' | 'type' | 'sha256' | 'headSha256'>

const NOTHING: Look = { object: null, outcome: 'missing', bytes: null, type: null, sha256: null, headSha256: null }
/** Files whose digests are remembered, so that each is read once. */
const MOST_REMEMBERED = 1_000

/** Looks for the files of orders in a storage server that speaks S3; reads each file once and its head at every look. */
export function createStorageSource(options: StorageOptions): Asker {
  const { access, files, clock, timeoutMs } = options
  const client = openBucketClient(access, timeoutMs)
  const outage = createOutage('storage', 'storage')
  const remembered = new Map<string, Fingerprint>()
  let told = 0

  const limited = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])

  const fingerprint = async (bucket: string, key: string, signal: AbortSignal): Promise<Look> => {
    const head = await client.head(bucket, key, limited(signal))
    const about = { object: key, bytes: head.bytes, type: head.type }
    const name = JSON.stringify([bucket, key, head.etag, head.bytes])
    const known = remembered.get(name)
    if (known !== undefined) return { ...about, ...known, outcome: 'found' }
    const read = () => fingerprintOf(client, bucket, key, head, () => limited(signal))
    try {
      // A connection may be cut for any reason; an object that cannot be read twice in a row is told as such.
      const fresh = await read().catch((error: unknown) => {
        if (refusalOf(error) === 'cut-off') return read()
        throw error
      })
      remember(name, fresh)
      return { ...about, ...fresh, outcome: 'found' }
    } catch (error) {
      if (refusalOf(error) === 'cut-off') return { ...about, outcome: 'incomplete', sha256: null, headSha256: null }
      throw error
    }
  }

  const remember = (name: string, fresh: Fingerprint) => {
    remembered.set(name, fresh)
    const [oldest] = remembered.keys()
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
  }

  /** Null: it changed while it was looked at; the next look tells. */
  const lookAt = async (bucket: string, key: string, signal: AbortSignal): Promise<Look | null> => {
    try {
      return await fingerprint(bucket, key, signal)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === 'no-such-object') {
        // The answer to HEAD has no body, so that a bucket that is not there looks the same; a listing tells.
        await client.list(bucket, key, limited(signal))
        return NOTHING
      }
      if (refusal === 'changed-meanwhile') return null
      throw error
    }
  }

  const lookFor = async (file: StoredFile, keys: KeySet, signal: AbortSignal): Promise<readonly Look[]> => {
    const places = placesOf(file.object, keys)
    const looks: Look[] = []
    for (const place of places) {
      const found = place.endsWith('/') ? await client.list(file.bucket, place, limited(signal)) : [place]
      for (const key of found) looks.push(...nonNull(await lookAt(file.bucket, key, signal)))
      if (found.length === 0) looks.push(NOTHING)
    }
    return looks
  }

  const factOf = (file: StoredFile, keys: KeySet, look: Look, sentAt: UnixNanos): FileChecked => {
    const seenAt = clock.now()
    const name = [file.bucket, look.object ?? [...keys.order].join(), sentAt].join(':')
    return {
      id: `storage:${name}`,
      source: 'storage',
      kind: 'file-checked',
      at: { clock: MONITOR_CLOCK, earliest: sentAt, latest: seenAt },
      seenAt,
      keys: [...keys.order].map((value) => ({ kind: 'order', value })),
      bucket: file.bucket,
      ...look,
    }
  }

  return {
    name: 'storage',
    systems: Object.keys(files),
    pace: options.pace,
    restsOnceFound: true,
    looksAgainOnceMoved: true,
    wants: (handoff, { keys, flow, final }) =>
      !final && keys.order.size > 0 && files[handoff]?.flows.includes(flow) === true,
    ask: async (handoff, keys, signal): Promise<Answer> => {
      const file = files[handoff]
      if (file === undefined) return { outcome: 'unsupported', why: `${handoff} names no object` }
      const sentAt = clock.now()
      if (outage.resting(sentAt)) return { outcome: 'unavailable', why: outage.detail ?? 'does not answer', facts: [] }
      try {
        const looks = await lookFor(file, keys, signal)
        outage.answered()
        const facts = looks.map((look) => factOf(file, keys, look, sentAt))
        told += facts.length
        return { outcome: facts.some(({ outcome }) => outcome === 'found') ? 'found' : 'not-yet', facts }
      } catch (error) {
        if (signal.aborted) return { outcome: 'unavailable', why: 'stopped while asking', facts: [] }
        const why = detailOf(error)
        return { outcome: 'unavailable', why, facts: [], conditions: [outage.failed(sentAt, clock.now(), why)] }
      }
    },
    health: () => ({
      name: 'storage',
      state: outage.detail === null ? 'healthy' : 'down',
      told,
      dropped: 0,
      detail: outage.detail,
    }),
    close: () => client.close(),
  }
}

const nonNull = (look: Look | null): readonly Look[] => (look === null ? [] : [look])

/** One place for each name of the order; ids are foreign text and keys may hold anything, so they stand as they are. */
const placesOf = (object: string, { order, reference }: KeySet): readonly string[] => {
  const [first = ''] = reference
  const withReference = object.replaceAll('{reference}', () => first)
  const places = [...order].map((id) => withReference.replaceAll('{order}', () => id))
  return [...new Set(places)]
}
