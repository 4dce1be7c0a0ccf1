import { z } from 'zod'

const time = z.string().describe('RFC 3339 in UTC with milliseconds, on the monitor’s clock')
const ms = z
  .number()
  .describe('milliseconds with up to six decimals: whole nanoseconds, so that decimal sums are exact')
const source = z.enum([
  'otlp',
  'rabbitmq',
  'status-api',
  'postgres',
  'storage',
  'page',
  'probe',
  'jaeger',
  'tempo',
  'capture',
])
const witnesses = z.array(source)

const mirrorDocument = z.strictObject({
  system: z.string(),
  state: z.enum(['reached', 'waiting', 'overdue', 'unknown']),
  at: time.nullable(),
})

const stageDocument = z.strictObject({
  stage: z.string(),
  system: z.string(),
  state: z.enum(['reached', 'waiting', 'overdue', 'skipped', 'unknown']),
  at: time.nullable(),
  plusMinusMs: ms.nullable(),
  witnesses,
  mirrors: z.array(mirrorDocument),
})

const hopDocument = z.strictObject({
  id: z.string(),
  handoff: z.string().nullable().describe('null for own work of a system between two crossings; then from = to'),
  status: z.string().nullable(),
  kind: z.enum(['http', 'queue', 'shared-database', 'storage', 'person', 'work']),
  from: z.string(),
  to: z.string(),
  state: z.enum(['crossed', 'broken', 'waiting', 'unknown']),
  branch: z.boolean().describe('news to a mirror which the order does not wait for; beside the chain'),
  startedAt: time.nullable(),
  latencyMs: ms.nullable(),
  plusMinusMs: ms.nullable(),
  context: z.enum(['continuous', 'linked', 'lost', 'none', 'unknown']),
  witnesses,
  segments: z
    .array(
      z.strictObject({
        kind: z.enum(['processing', 'queue', 'storage', 'database', 'transfer', 'person', 'unobserved']),
        system: z.string(),
        ms,
      }),
    )
    .describe('where the time went; they add up to latencyMs exactly'),
})

const findingDocument = z.strictObject({
  code: z.string(),
  class: z.enum(['order', 'file', 'queue', 'work', 'trace', 'time', 'view', 'monitor']),
  severity: z.enum(['broken', 'degraded', 'inconclusive']),
  handoff: z.string().nullable(),
  stage: z.string().nullable(),
  message: z.string(),
  owner: z.string().nullable(),
  hint: z.string(),
  detectedAt: time,
  evidence: z.array(z.strictObject({ source, at: time, what: z.string(), ref: z.string() })),
  explains: z.array(z.strictObject({ code: z.string(), stage: z.string().nullable(), handoff: z.string().nullable() })),
})

const sourceDocument = z.strictObject({
  name: source,
  state: z.enum(['healthy', 'late', 'down', 'not-configured']),
  facts: z.int().min(0),
  gaps: z.array(z.strictObject({ instance: z.string(), from: time, to: time, dropped: z.int().min(0) })),
})

/** `waybill.verdict/1`: the document `--json` prints, one per order and line. */
export const verdictDocumentSchema = z
  .strictObject({
    schema: z.literal('waybill.verdict/1'),
    verdict: z.enum(['passed', 'degraded', 'broken', 'inconclusive']),
    state: z.enum(['open', 'final']),
    revision: z.int().min(1),
    reason: z.string(),
    order: z.strictObject({
      key: z.string(),
      flow: z.string(),
      probe: z.string(),
      run: z.string(),
      ids: z.strictObject({ order: z.array(z.string()), trace: z.array(z.string()) }),
    }),
    placedAt: time.nullable(),
    lastFactSeenAt: time.nullable(),
    decidedAt: time,
    stages: z.array(stageDocument),
    hops: z.array(hopDocument),
    findings: z.array(findingDocument),
    unchecked: z.array(
      z.strictObject({
        code: z.string(),
        handoff: z.string().nullable(),
        stage: z.string().nullable(),
        why: z.string(),
      }),
    ),
    clocks: z.array(
      z
        .strictObject({
          instance: z.string(),
          offsetMs: ms,
          plusMinusMs: ms,
          since: z.exactOptional(time),
          until: z.exactOptional(time),
        })
        .describe('a clock that stepped stands here once for each stretch, which lies within `since` and `until`'),
    ),
    sources: z.array(sourceDocument),
  })
  .meta({ title: 'Waybill verdict', description: 'Everything known about one order, and what is wrong with it.' })

export type VerdictDocument = z.infer<typeof verdictDocumentSchema>
export type StageDocument = z.infer<typeof stageDocument>
export type HopDocument = z.infer<typeof hopDocument>
export type FindingDocument = z.infer<typeof findingDocument>
export type SourceDocument = z.infer<typeof sourceDocument>
