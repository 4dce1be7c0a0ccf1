/** What came of one request to the storage server. */
export type Refusal = 'no-such-object' | 'changed-meanwhile' | 'cut-off' | 'unavailable'

const CUT_OFF: ReadonlySet<string> = new Set(['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'EPIPE'])
const LONGEST_DETAIL = 200

const read = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

const statusOf = (thrown: unknown): number | null => {
  const status = read(read(thrown, '$metadata'), 'httpStatusCode')
  return typeof status === 'number' ? status : null
}

/** Classifies what the client throws. A bucket that is not there is no missing object: nothing was looked for. */
export function refusalOf(thrown: unknown): Refusal {
  const status = statusOf(thrown)
  const name = read(thrown, 'name')
  if (name === 'NoSuchBucket') return 'unavailable'
  if (status === 404) return 'no-such-object'
  if (status === 412) return 'changed-meanwhile'
  const code = read(thrown, 'code')
  if (typeof code === 'string' && CUT_OFF.has(code)) return 'cut-off'
  return read(thrown, 'message') === 'aborted' ? 'cut-off' : 'unavailable'
}

/** In a few words what the server or the network said. */
export function detailOf(thrown: unknown): string {
  const status = statusOf(thrown)
  const said = [read(thrown, 'name'), read(thrown, 'message')].filter(
    (text): text is string => typeof text === 'string' && text !== '' && text !== 'Error',
  )
  const code = read(thrown, 'code')
  const parts = [...said, ...(typeof code === 'string' ? [code] : []), ...(status === null ? [] : [`HTTP ${status}`])]
  return [...new Set(parts)].join(', ').slice(0, LONGEST_DETAIL)
}
