import type { AttributeValue } from '../span.ts'
import { firstOfEach, type RawAttribute } from './raw-span.ts'
import { attributesOf, isObject, type JsonObject, list, object, parseJson } from './read-json.ts'
import {
  bytesField,
  fixed64Field,
  readAttributeInto,
  readMessage,
  readResources,
  varintField,
} from './read-protobuf.ts'
import type { WireReader } from './wire.ts'

/** One point of one sum of interest. */
export interface SumPoint {
  readonly resource: ReadonlyMap<string, AttributeValue>
  readonly metric: string
  readonly attributes: ReadonlyMap<string, AttributeValue>
  /** On the instance's clock, in nanoseconds. */
  readonly start: bigint
  readonly time: bigint
  readonly value: number
  /** Counted since the instance began; else since the point before. */
  readonly cumulative: boolean
}

// Field numbers: opentelemetry/proto/metrics/v1.
const METRIC = { name: bytesField(1), sum: bytesField(7) } as const
const SUM = { point: bytesField(1), temporality: varintField(2) } as const
const POINT = {
  start: fixed64Field(2),
  time: fixed64Field(3),
  double: fixed64Field(4),
  int: fixed64Field(6),
  attribute: bytesField(7),
} as const
const CUMULATIVE = 2

type Point = Omit<SumPoint, 'resource' | 'metric' | 'cumulative'>

/** The sums of an `ExportMetricsServiceRequest` in protobuf whose metric is wanted. Throws `MalformedExport`. */
export const readSumsProtobuf = (body: Buffer, wanted: (metric: string) => boolean): readonly SumPoint[] =>
  readResources(body, (reader) => readMetric(reader, wanted)).flatMap(({ resource, records }) =>
    records.map((point) => ({ resource, ...point })),
  )

function readMetric(reader: WireReader, wanted: (metric: string) => boolean): readonly Omit<SumPoint, 'resource'>[] {
  const points: Point[] = []
  let metric = ''
  let temporality = 0
  readMessage(reader, (tag) => {
    if (tag === METRIC.name) metric = reader.string()
    else if (tag === METRIC.sum) {
      readMessage(reader, (inner) => {
        if (inner === SUM.point) points.push(readPoint(reader))
        else if (inner === SUM.temporality) temporality = Number(reader.int64())
        else return false
        return true
      })
    } else return false
    return true
  })
  return wanted(metric) ? points.map((point) => ({ ...point, metric, cumulative: temporality === CUMULATIVE })) : []
}

function readPoint(reader: WireReader): Point {
  const attributes: RawAttribute[] = []
  let [start, time, value] = [0n, 0n, 0]
  readMessage(reader, (tag) => {
    if (tag === POINT.start) start = reader.fixed64()
    else if (tag === POINT.time) time = reader.fixed64()
    else if (tag === POINT.double) value = reader.double()
    else if (tag === POINT.int) value = Number(BigInt.asIntN(64, reader.fixed64()))
    else if (tag === POINT.attribute) readAttributeInto(reader, attributes)
    else return false
    return true
  })
  return { attributes: firstOfEach(attributes), start, time, value }
}

/** The same from the JSON form. Throws `MalformedExport`. */
export function readSumsJson(body: Buffer, wanted: (metric: string) => boolean): readonly SumPoint[] {
  return list(object(parseJson(body), 'The request').resourceMetrics, 'resourceMetrics').flatMap((element) => {
    const group = object(element, 'An element of resourceMetrics')
    const resource = firstOfEach(isObject(group.resource) ? attributesOf(group.resource.attributes) : [])
    return list(group.scopeMetrics, 'scopeMetrics').flatMap((scope) =>
      list(object(scope, 'An element of scopeMetrics').metrics, 'metrics').flatMap((metric) =>
        pointsOf(object(metric, 'A metric'), wanted).map((point) => ({ resource, ...point })),
      ),
    )
  })
}

function pointsOf(metric: JsonObject, wanted: (metric: string) => boolean): readonly Omit<SumPoint, 'resource'>[] {
  const { name, sum } = metric
  if (typeof name !== 'string' || !wanted(name) || !isObject(sum)) return []
  return list(sum.dataPoints, 'dataPoints').map((element) => {
    const point = object(element, 'A data point')
    return {
      metric: name,
      cumulative: sum.aggregationTemporality === CUMULATIVE,
      attributes: firstOfEach(attributesOf(point.attributes)),
      start: nanos(point.startTimeUnixNano),
      time: nanos(point.timeUnixNano),
      value: Number(point.asInt ?? point.asDouble ?? 0),
    }
  })
}

const nanos = (value: unknown): bigint =>
  (typeof value === 'string' || typeof value === 'number') && /^\d{1,20}$/.test(String(value)) ? BigInt(value) : 0n
