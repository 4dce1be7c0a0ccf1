import type { StorageHandoff } from '../../contract/contract.ts'
import type { Act } from '../act.ts'
import type { HandoffStep } from '../path.ts'
import type { View } from '../view.ts'
import { type Crossing, endOf, NOT_SEEN, sourcesOf, startOf } from './crossing.ts'

const PUT = new Set(['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'])
const COMPLETES_PUT = new Set(['PutObject', 'CompleteMultipartUpload'])
const GET = new Set(['GetObject'])

/** A file put into or taken from storage: from the first request of the transfer to the end of the one that completed it. */
export function findStorageCrossing(view: View, _step: HandoffStep, spec: StorageHandoff): Crossing {
  const all = [...view.actsOf(spec.from), ...view.actsOf(spec.to)].filter((act) => transfers(act, spec))
  // The request over HTTP below a client's own span is that span's detail, even where both began in one millisecond.
  const named = all.filter(({ op }) => op === 'storage')
  const acts = named.length > 0 ? named : all
  const complete = acts.find((act) => act.error === null && completes(act, spec))
  if (complete === undefined) return NOT_SEEN
  const first = acts.find((act) => act.error === null && act.span.traceId === complete.span.traceId) ?? complete
  return {
    started: startOf(first),
    ended: endOf(complete),
    sender: first,
    receiver: complete,
    request: null,
    context: 'none',
    witnesses: sourcesOf([complete]),
  }
}

function transfers(act: Act, spec: StorageHandoff): boolean {
  if (act.op === 'storage') {
    const operations = spec.operation === 'put' ? PUT : GET
    return operations.has(act.operation) && (act.bucket === null || act.bucket === spec.bucket)
  }
  if (act.op !== 'call') return false
  return act.method === spec.operation.toUpperCase() && act.path?.startsWith(`/${spec.bucket}/`) === true
}

const completes = (act: Act, spec: StorageHandoff): boolean =>
  act.op !== 'storage' || spec.operation === 'get' || COMPLETES_PUT.has(act.operation)
