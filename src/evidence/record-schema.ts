import * as z from 'zod'
import { unixNanos } from '../shared/units.ts'
import type * as state from './condition.ts'
import type { Coverage } from './coverage.ts'
import type * as told from './fact.ts'
import type { Key, KeyKind } from './keys.ts'
import type { AttributeValue, Span, SpanException, SpanKind, SpanRef } from './span.ts'

/** One schema for every field of `T`: a field added to a type and forgotten here fails the type check. */
type Shape<T> = { readonly [K in keyof T]-?: z.ZodType }

/** A union of words, each written out once, so that a word added to the type and forgotten here fails the type check. */
const oneOf = <T extends string>(words: Readonly<Record<T, true>>) =>
  z.custom<T>((value) => typeof value === 'string' && Object.hasOwn(words, value), {
    error: `expected one of ${Object.keys(words).join(', ')}`,
  })

const nanos = z
  .string({ error: 'expected nanoseconds as a decimal string' })
  .regex(/^-?\d{1,20}$/, 'expected nanoseconds as a decimal string')
  .transform((text) => unixNanos(BigInt(text)))

const count = z.number({ error: 'expected a whole number, zero or more' }).int().nonnegative()

/** JSON has no NaN, infinities or negative zero: `encodeRecord` writes such a number as `{"$number": "NaN"}`. */
const ODD_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
])

const scalar = z.union(
  [
    z.string(),
    z.number(),
    z.boolean(),
    z
      .strictObject({ $number: z.enum([...ODD_NUMBERS.keys()]) })
      .transform(({ $number }) => ODD_NUMBERS.get($number) ?? 0),
  ],
  { error: 'expected a string, a number or a boolean' },
)
const attributeValue = z.union([scalar, z.array(scalar).readonly()], {
  error: 'expected a string, a number, a boolean or an array of them',
})

/** Attribute names are foreign text; `__proto__` is one like any other, which `z.record` would leave out. */
const attributes = z.unknown().transform((value, context): Readonly<Record<string, AttributeValue>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    context.addIssue({ code: 'custom', message: 'expected an object of attributes' })
    return z.NEVER
  }
  const read: [string, AttributeValue][] = []
  for (const [name, written] of Object.entries(value)) {
    const parsed = attributeValue.safeParse(written)
    if (parsed.success) read.push([name, parsed.data])
    else {
      const message = 'expected a string, a number, a boolean or an array of them'
      context.addIssue({ code: 'custom', message, path: [name] })
    }
  }
  return Object.fromEntries(read)
})

const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `expected ${digits} lower-case hexadecimal digits`)

const ref = { traceId: hex(32), spanId: hex(16) } satisfies Shape<SpanRef>
const spanRef = z.strictObject(ref)

const spanException = z.strictObject({
  type: z.string(),
  message: z.string(),
  at: nanos,
} satisfies Shape<SpanException>)

const span = z.strictObject({
  ...ref,
  parentSpanId: hex(16).nullable(),
  parentIsRemote: z.boolean().nullable(),
  links: z.array(spanRef).readonly(),
  kind: oneOf<SpanKind>({
    unspecified: true,
    internal: true,
    server: true,
    client: true,
    producer: true,
    consumer: true,
  }),
  name: z.string(),
  start: nanos,
  end: nanos,
  status: oneOf<Span['status']>({ unset: true, ok: true, error: true }),
  statusMessage: z.string().nullable(),
  attributes,
  exceptions: z.array(spanException).readonly(),
  service: z.string(),
  instance: z.string(),
  version: z.string().nullable(),
  scope: z.string(),
} satisfies Shape<Span>)

const source = oneOf<told.SourceName>({
  otlp: true,
  rabbitmq: true,
  'status-api': true,
  postgres: true,
  storage: true,
  page: true,
  probe: true,
  jaeger: true,
  tempo: true,
  capture: true,
})

const key = z.strictObject({
  kind: oneOf<KeyKind>({ order: true, reference: true, trace: true, message: true, correlation: true, run: true }),
  value: z.string(),
} satisfies Shape<Key>)

const common = {
  id: z.string().min(1),
  source,
  at: z.strictObject({ clock: z.string(), earliest: nanos, latest: nanos } satisfies Shape<told.At>),
  seenAt: nanos,
  keys: z.array(key).readonly(),
}

const words = z.array(z.string()).readonly()

const signs = {
  messageId: z.string().nullable(),
  correlationId: z.string().nullable(),
  context: spanRef.nullable(),
  marked: z.boolean().nullable(),
  deaths: z
    .array(
      z.strictObject({
        reason: oneOf<told.Death['reason']>({ rejected: true, expired: true, maxlen: true, delivery_limit: true }),
        queue: z.string(),
        exchange: z.string(),
        routingKeys: words,
        count,
      } satisfies Shape<told.Death>),
    )
    .readonly(),
  exchange: z.string(),
  routingKey: z.string(),
}

const fact = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('span-ended'),
    span,
    batch: z.string().nullable(),
  } satisfies Shape<told.SpanEnded>),
  z.strictObject({
    ...common,
    kind: z.literal('status-answered'),
    system: z.string(),
    status: z.string().nullable(),
    history: z.array(z.string()).readonly().nullable(),
    content: z.exactOptional(z.record(z.string(), z.string()).readonly()),
    foreign: z.exactOptional(z.literal(true)),
    poll: spanRef.nullable(),
  } satisfies Shape<told.StatusAnswered>),
  z.strictObject({
    ...common,
    kind: z.literal('status-unavailable'),
    system: z.string(),
    why: oneOf<told.StatusUnavailable['why']>({ refused: true, timeout: true, error: true, nonsense: true }),
    detail: z.string(),
    poll: spanRef.nullable(),
  } satisfies Shape<told.StatusUnavailable>),
  z.strictObject({
    ...common,
    kind: z.literal('clock-asked'),
    system: z.string(),
    poll: spanRef,
  } satisfies Shape<told.ClockAsked>),
  z.strictObject({
    ...common,
    kind: z.literal('request-made'),
    by: z.string(),
    system: z.string(),
    method: z.string(),
    path: z.string(),
    httpStatus: z.number().int().nullable(),
    failure: oneOf<NonNullable<told.RequestMade['failure']>>({ refused: true, timeout: true, reset: true }).nullable(),
    span: spanRef.nullable(),
  } satisfies Shape<told.RequestMade>),
  z.strictObject({
    ...common,
    kind: z.literal('step-taken'),
    step: z.string(),
    by: z.string(),
    outcome: oneOf<told.StepTaken['outcome']>({ done: true, failed: true }),
    detail: z.string().nullable(),
  } satisfies Shape<told.StepTaken>),
  z.strictObject({
    ...common,
    kind: z.literal('order-placed'),
    orderId: z.string(),
  } satisfies Shape<told.OrderPlaced>),
  z.strictObject({
    ...common,
    kind: z.literal('probe-ended'),
    outcome: oneOf<told.ProbeEnded['outcome']>({ played: true, 'order-stopped': true, broke: true, killed: true }),
    detail: z.string().nullable(),
  } satisfies Shape<told.ProbeEnded>),
  z.strictObject({
    ...common,
    kind: z.literal('order-found'),
    system: z.string(),
    orderId: z.string(),
  } satisfies Shape<told.OrderFound>),
  z.strictObject({
    ...common,
    ...signs,
    kind: z.literal('message-published'),
    queues: words,
  } satisfies Shape<told.MessagePublished>),
  z.strictObject({
    ...common,
    ...signs,
    kind: z.literal('message-delivered'),
    queue: z.string(),
    redelivered: z.boolean(),
  } satisfies Shape<told.MessageDelivered>),
  z.strictObject({
    ...common,
    ...signs,
    kind: z.literal('message-dead-lettered'),
    queues: words,
  } satisfies Shape<told.MessageDeadLettered>),
  z.strictObject({
    ...common,
    kind: z.literal('file-sent'),
    bytes: count,
    sha256: hex(64),
    headSha256: hex(64),
    type: z.string(),
  } satisfies Shape<told.FileSent>),
  z.strictObject({
    ...common,
    kind: z.literal('file-checked'),
    bucket: z.string(),
    object: z.string().nullable(),
    outcome: oneOf<told.FileChecked['outcome']>({ found: true, missing: true, incomplete: true }),
    bytes: count.nullable(),
    type: z.string().nullable(),
    sha256: hex(64).nullable(),
    headSha256: hex(64).nullable(),
  } satisfies Shape<told.FileChecked>),
  z.strictObject({
    ...common,
    kind: z.literal('page-looked'),
    view: z.string(),
    system: z.string(),
    outcome: oneOf<told.PageLooked['outcome']>({ shown: true, 'not-shown': true, wrong: true, 'no-answer': true }),
    detail: z.string().nullable(),
  } satisfies Shape<told.PageLooked>),
  z.strictObject({
    ...common,
    kind: z.literal('data-exposed'),
    what: z.string(),
    by: z.string(),
    where: z.string(),
  } satisfies Shape<told.DataExposed>),
  z.strictObject({
    ...common,
    kind: z.literal('content-expected'),
    name: z.string(),
    value: z.string(),
  } satisfies Shape<told.ContentExpected>),
])

const conditionCommon = { id: z.string().min(1), source, subject: z.string(), from: nanos, to: nanos }

const condition = z.discriminatedUnion('kind', [
  z.strictObject({
    ...conditionCommon,
    kind: z.enum(['system-reachable', 'system-unreachable']),
  } satisfies Shape<state.SystemReachability>),
  z.strictObject({
    ...conditionCommon,
    kind: z.literal('queue-state'),
    exists: z.boolean(),
    ready: count.nullable(),
    unacknowledged: count.nullable(),
    consumers: count.nullable(),
    handedOut: count.exactOptional(),
  } satisfies Shape<state.QueueState>),
  z.strictObject({
    ...conditionCommon,
    kind: z.literal('queue-setup'),
    bindings: z.array(z.strictObject({ exchange: z.string(), key: z.string() })).readonly(),
    messageTtlMs: count.nullable(),
    maxLength: count.nullable(),
    deadLetterExchange: z.string().nullable(),
    deadLetterKey: z.string().nullable(),
  } satisfies Shape<state.QueueSetup>),
  z.strictObject({
    ...conditionCommon,
    kind: z.literal('source-down'),
    detail: z.string(),
  } satisfies Shape<state.SourceDown>),
  z.strictObject({
    ...conditionCommon,
    kind: z.literal('source-late'),
    lagMs: z.number().nonnegative(),
    limitMs: z.number().nonnegative(),
  } satisfies Shape<state.SourceLate>),
])

const coverage = z.strictObject({
  id: z.string().min(1),
  source,
  service: z.string(),
  instance: z.string(),
  from: nanos,
  to: nanos,
  seenAt: nanos,
  spans: count,
  dropped: count,
} satisfies Shape<Coverage>)

/** The version of the written form; a later form gets a later number. */
export const EVIDENCE_SCHEMA = 'waybill.evidence/1'

const envelope = { schema: z.literal(EVIDENCE_SCHEMA), run: z.string().optional() }

/** One line of an evidence file, strict: an unknown field is refused. */
export const evidenceLine = z.discriminatedUnion('type', [
  z.strictObject({ ...envelope, type: z.literal('fact'), record: fact }),
  z.strictObject({ ...envelope, type: z.literal('condition'), record: condition }),
  z.strictObject({ ...envelope, type: z.literal('coverage'), record: coverage }),
])
