import type { AttributeValue } from '../span.ts'
import { MalformedExport } from './malformed.ts'
import type { RawAttribute } from './raw-span.ts'
import { exactInteger, finite } from './read-protobuf.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** The body as JSON. Throws `MalformedExport` where it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new MalformedExport(
      `The body is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}.`,
    )
  }
}

/** A list of `KeyValue`; one without a value Waybill keeps adds nothing. */
export function attributesOf(value: unknown): RawAttribute[] {
  const attributes: RawAttribute[] = []
  for (const element of list(value, 'attributes')) {
    const { key, value: any } = object(element, 'An attribute')
    const read = isObject(any) ? readJsonValue(any) : undefined
    if (typeof key === 'string' && read !== undefined) attributes.push([key, read])
  }
  return attributes
}

/** An `AnyValue`. Maps, bytes and arrays within arrays are left out, so that depth is never followed. */
export function readJsonValue(any: JsonObject): AttributeValue | undefined {
  const array = any.arrayValue
  if (!isObject(array)) return readScalar(any)
  return list(array.values, 'arrayValue.values').flatMap((element) => {
    const scalar = isObject(element) ? readScalar(element) : undefined
    return scalar === undefined ? [] : [scalar]
  })
}

function readScalar(any: JsonObject): string | number | boolean | undefined {
  const { stringValue, boolValue, intValue, doubleValue } = any
  if (typeof stringValue === 'string') return stringValue
  if (typeof boolValue === 'boolean') return boolValue
  if (typeof intValue === 'number') return finite(intValue)
  if (typeof intValue === 'string' && /^-?\d{1,19}$/.test(intValue)) return exactInteger(BigInt(intValue))
  if (typeof doubleValue === 'number') return doubleValue
  if (typeof doubleValue === 'string') return finite(Number(doubleValue))
  return undefined
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function object(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new MalformedExport(`${what} is not an object.`)
  return value
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new MalformedExport(`${what} is not a list.`)
  return value
}
