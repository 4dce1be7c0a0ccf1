import type { AttributeValue } from '../span.ts'
import { firstOfEach, type RawAttribute } from './raw-span.ts'
import { attributesOf, isObject, list, object, parseJson, readJsonValue } from './read-json.ts'
import { readAttributeInto, readMessage, readValue } from './read-protobuf.ts'
import { WIRE_BYTES, WireReader } from './wire.ts'

/** What is looked at in one log record, whoever it is about. Nothing of it is kept. */
export interface LogRecord {
  readonly service: string
  readonly body: AttributeValue | undefined
  readonly attributes: readonly RawAttribute[]
}

// Field numbers: opentelemetry/proto/collector/logs/v1 and logs/v1.
const bytesField = (field: number): number => (field << 3) | WIRE_BYTES
const FIRST = bytesField(1)
const SECOND = bytesField(2)
const BODY = bytesField(5)
const ATTRIBUTE = bytesField(6)

const serviceOf = (attributes: readonly RawAttribute[]): string =>
  String(firstOfEach(attributes).get('service.name') ?? 'unknown_service')

/** The records of an `ExportLogsServiceRequest` in protobuf. Throws `MalformedExport`. */
export function readLogsProtobuf(body: Buffer): readonly LogRecord[] {
  const reader = new WireReader(body)
  const records: LogRecord[] = []
  while (reader.position < body.length) {
    const tag = reader.tag()
    if (tag !== FIRST) {
      reader.skip(tag)
      continue
    }
    const resource: RawAttribute[] = []
    const found: Omit<LogRecord, 'service'>[] = []
    readMessage(reader, (inner) => {
      if (inner === FIRST) return readInto(reader, FIRST, () => readAttributeInto(reader, resource))
      if (inner === SECOND) return readInto(reader, SECOND, () => found.push(readRecord(reader)))
      return false
    })
    const service = serviceOf(resource)
    records.push(...found.map((record) => ({ service, ...record })))
  }
  return records
}

/** Reads one nested message, of which only one repeated field matters. */
function readInto(reader: WireReader, wanted: number, read: () => void): true {
  readMessage(reader, (tag) => {
    if (tag !== wanted) return false
    read()
    return true
  })
  return true
}

function readRecord(reader: WireReader): Omit<LogRecord, 'service'> {
  const attributes: RawAttribute[] = []
  let body: AttributeValue | undefined
  readMessage(reader, (tag) => {
    if (tag === BODY) body = readValue(reader)
    else if (tag === ATTRIBUTE) readAttributeInto(reader, attributes)
    else return false
    return true
  })
  return { body, attributes }
}

/** The records of an `ExportLogsServiceRequest` in the JSON form. Throws `MalformedExport`. */
export function readLogsJson(body: Buffer): readonly LogRecord[] {
  return list(object(parseJson(body), 'The request').resourceLogs, 'resourceLogs').flatMap((element) => {
    const group = object(element, 'An element of resourceLogs')
    const resource = isObject(group.resource) ? attributesOf(group.resource.attributes) : []
    const service = serviceOf(resource)
    return list(group.scopeLogs, 'scopeLogs').flatMap((scope) =>
      list(object(scope, 'An element of scopeLogs').logRecords, 'logRecords').map((record) => {
        const { body: any, attributes } = object(record, 'A log record')
        return {
          service,
          body: isObject(any) ? readJsonValue(any) : undefined,
          attributes: attributesOf(attributes),
        }
      }),
    )
  })
}
