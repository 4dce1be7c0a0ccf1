import { z } from 'zod'
import { type DurationText, parseDuration } from '../shared/units.ts'
import type { Contract, FlowSpec, RowSpec, StageSpec, SystemSpec, ViewSpec } from './contract.ts'

/** One schema for every field of `T`: a field added to the type and forgotten here fails the type check. */
type Shape<T> = { readonly [K in keyof T]-?: z.ZodType }

const name = z.string().min(1)
const names = z.array(name).readonly()
const optional = z.exactOptional

/** `METHOD /path`. */
export const ROUTE = /^[A-Z]+ \/\S*$/

const isPattern = (text: string): boolean => {
  try {
    return new RegExp(text, 'u').source !== ''
  } catch {
    return false
  }
}

/** A duration as text, kept as text: the contract stays what the user wrote. */
export const durationSchema = z.custom<DurationText>(
  (value) => typeof value === 'string' && parseDuration(value) !== undefined,
  'a duration such as "250 ms", "2 s", "30 min", "8 h" or "1 d"',
)

const systemShape = {
  services: names,
  owner: optional(name),
  instrumented: optional(z.boolean()),
} satisfies Shape<SystemSpec>

/** One system. */
export const systemSchema = z.strictObject(systemShape).readonly()

const asked = z.string().regex(ROUTE, 'a method and a path such as "POST /api/orders/{order}/submit"')

const stageShape = {
  owner: name,
  mirrors: optional(names),
  by: optional(z.enum(['machine', 'person'])),
  asked: optional(asked),
  result: optional(name),
  within: durationSchema,
  warn: optional(durationSchema),
  attempts: optional(z.int().min(1)),
  work: optional(names),
  finalErrors: optional(names),
} satisfies Shape<StageSpec>

/** One stage. */
export const stageSchema = z.strictObject(stageShape).readonly()

const stageOverride = z
  .strictObject({ ...stageShape, owner: optional(name), within: optional(durationSchema) })
  .readonly()

const common = {
  from: name,
  to: name,
  within: durationSchema,
  warn: optional(durationSchema),
  context: optional(z.enum(['continuous', 'linked', 'none'])),
  carries: optional(names),
}
const oneOrEach = z.union([name, z.record(name, name).readonly()])

/** One hand-off of any kind. */
export const handoffSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('http'), ...common, route: oneOrEach }).readonly(),
  z.strictObject({ kind: z.literal('person'), ...common, route: oneOrEach }).readonly(),
  z
    .strictObject({
      kind: z.literal('queue'),
      ...common,
      exchange: z.string(),
      key: oneOrEach,
      queue: name,
      retry: optional(names),
      terminal: optional(names),
      deliveries: optional(z.int().min(1)),
    })
    .readonly(),
  z
    .strictObject({ kind: z.literal('shared-database'), ...common, table: name, operation: z.enum(['write', 'read']) })
    .readonly(),
  z
    .strictObject({
      kind: z.literal('storage'),
      ...common,
      bucket: name,
      operation: z.enum(['put', 'get']),
      object: optional(name),
    })
    .readonly(),
])

const stepSchema = z.union([
  z.strictObject({ stage: name }).readonly(),
  z.strictObject({ handoff: name, status: optional(name), branch: optional(z.boolean()) }).readonly(),
])

/** One flow. */
export const flowSchema = z
  .strictObject({
    bornIn: name,
    stages: optional(z.record(name, stageOverride).readonly()),
    path: z.array(stepSchema).min(1).readonly(),
  } satisfies Shape<FlowSpec>)
  .readonly()

const rowSchema = z
  .strictObject({
    database: name,
    query: z.string().regex(/^\s*select\b/i, 'one SELECT with $1 (order ids) and $2 (external references)'),
    columns: z
      .strictObject({
        order: name,
        status: name,
        reference: optional(name),
        history: optional(name),
        content: optional(z.record(name, name).readonly()),
      })
      .readonly(),
    alsoShownBy: optional(names),
  } satisfies Shape<RowSpec>)
  .readonly()

const viewSchema = z
  .strictObject({
    system: name,
    path: z.string().startsWith('/', 'a path such as "/"'),
    shows: name,
    until: optional(name),
    handoff: name,
    within: durationSchema,
    entry: name,
    text: optional(z.string().refine(isPattern, 'a regular expression')),
  } satisfies Shape<ViewSpec>)
  .readonly()

/** The shape of a contract; what refers to what is checked by `crossCheck`. */
export const contractSchema = z
  .strictObject({
    name,
    systems: z.record(name, systemSchema).readonly(),
    stages: z.record(name, stageSchema).readonly(),
    handoffs: z.record(name, handoffSchema).readonly(),
    flows: z.record(name, flowSchema).readonly(),
    recognise: z
      .strictObject({
        span: z
          .strictObject({
            order: z.array(name).min(1).readonly(),
            reference: optional(names),
            status: name,
            reached: optional(z.record(name, z.string()).readonly()),
          })
          .readonly(),
        message: optional(z.strictObject({ order: names, mark: optional(names) }).readonly()),
        mark: optional(names),
      })
      .readonly(),
    everySpanCarries: names,
    neverInTelemetry: names,
    placing: z.enum(['idempotent', 'findable', 'neither']),
    rows: optional(z.record(name, rowSchema).readonly()),
    views: optional(z.record(name, viewSchema).readonly()),
    content: optional(z.strictObject({ fixed: optional(names) }).readonly()),
    telemetry: optional(
      z
        .strictObject({
          settle: optional(durationSchema),
          driftPpm: optional(z.number().min(0)),
          skew: optional(durationSchema),
          serverSpansCarry: optional(names),
          errorSpansCarry: optional(names),
          fileSpansCarry: optional(names),
        })
        .readonly(),
    ),
    severity: optional(z.record(name, z.enum(['broken', 'degraded'])).readonly()),
  } satisfies Shape<Contract>)
  .readonly()
