import type { AttributeValue } from '../span.ts'
import { type FoundKey, keysOf, type RecognisedNames } from './recognised.ts'

const MAX_NAME_CHARS = 200

/** Who sent a span: what an OTLP resource says of the process. */
export interface Emitter {
  /** `service.name`. */
  readonly service: string
  /** Names the process and its clock. */
  readonly instance: string
  readonly version: string | null
  /** Order keys held by the resource itself. */
  readonly keys: readonly FoundKey[]
}

/** Reads a resource. The instance is the best name it offers: instance id, else host and process id, else `unknown`. */
export function emitterOf(resource: ReadonlyMap<string, AttributeValue>, names: RecognisedNames): Emitter {
  const text = (name: string): string | undefined => {
    const value = resource.get(name)
    if (value === undefined || value === '' || typeof value === 'object') return undefined
    return String(value).slice(0, MAX_NAME_CHARS)
  }
  const service = text('service.name') ?? 'unknown_service'
  const host = text('host.name')
  const pid = text('process.pid')
  const own = text('service.instance.id') ?? (host !== undefined && pid !== undefined ? `${host}:${pid}` : 'unknown')
  const keys: FoundKey[] = []
  for (const [name, value] of resource) {
    const kind = names.kindOf(name)
    if (kind !== undefined) keys.push(...keysOf(kind, value))
  }
  return { service, instance: `${service}/${own}`, version: text('service.version') ?? null, keys }
}
