import type { AttributeValue } from '../span.ts'
import { firstOfEach, type RawAttribute } from './raw-span.ts'
import { attributesOf, isObject, list, object, parseJson, readJsonValue } from './read-json.ts'
import { bytesField, readAttributeInto, readMessage, readResources, readValue } from './read-protobuf.ts'
import type { WireReader } from './wire.ts'

/** What is looked at in one log record, whoever it is about. Nothing of it is kept. */
export interface LogRecord {
  readonly service: string
  readonly body: AttributeValue | undefined
  readonly attributes: readonly RawAttribute[]
}

// Field numbers: opentelemetry/proto/logs/v1.
const BODY = bytesField(5)
const ATTRIBUTE = bytesField(6)

const serviceOf = (resource: ReadonlyMap<string, AttributeValue>): string =>
  String(resource.get('service.name') ?? 'unknown_service')

/** The records of an `ExportLogsServiceRequest` in protobuf. Throws `MalformedExport`. */
export const readLogsProtobuf = (body: Buffer): readonly LogRecord[] =>
  readResources(body, (reader) => [readRecord(reader)]).flatMap(({ resource, records }) =>
    records.map((record) => ({ service: serviceOf(resource), ...record })),
  )

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
    const resource = firstOfEach(isObject(group.resource) ? attributesOf(group.resource.attributes) : [])
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
