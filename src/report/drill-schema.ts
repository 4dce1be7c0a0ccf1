import { z } from 'zod'

const text = z.string()
const ms = z.number().describe('milliseconds')
const verdict = z.enum(['passed', 'degraded', 'broken', 'inconclusive'])

/** `waybill.drill/1`: one row of the drill, one a line. */
export const drillDocumentSchema = z
  .strictObject({
    schema: z.literal('waybill.drill/1'),
    row: text.describe('the row’s name; the fault’s own where it has one row'),
    fault: text.nullable().describe('null: people err, or nothing is wrong'),
    invented: z
      .boolean()
      .describe(
        'the fault was thought up, and what it must cause written down, by somebody who had not read the rules',
      ),
    scope: z.enum(['order', 'process', 'broker', 'none']),
    at: text.describe('hand-off or stage; any: the finding belongs to none; monitor: it is about the monitor'),
    expected: text.nullable().describe('code of the finding; null: nothing may be found that breaks the order'),
    provable: z
      .boolean()
      .describe('false: a source is taken away without which nobody can prove it; less precise is then right'),
    found: z.array(z.strictObject({ code: text, handoff: text.nullable(), stage: text.nullable() })),
    detected: z.boolean(),
    localised: z.boolean(),
    measuredFrom: z
      .enum(['proof', 'deadline'])
      .describe(
        'what timeToDetectionMs counts from: the last fact of the proof, or the deadline of the place where that had passed',
      ),
    timeToDetectionMs: ms.nullable(),
    limitMs: ms,
    verdict,
    expectedVerdicts: z.array(verdict),
    passed: z.boolean(),
    why: z.array(text).describe('why it did not pass'),
    order: text.nullable(),
    run: text.nullable(),
    file: text.nullable().describe('the whole verdict document and the evidence of a row that did not pass'),
  })
  .meta({ title: 'Waybill drill row', description: 'One thing broken on purpose, and what the monitor said of it.' })

/** `waybill.drill-summary/1`: the last line of a drill. */
export const drillSummarySchema = z
  .strictObject({
    schema: z.literal('waybill.drill-summary/1'),
    faults: z.int().min(0).describe('rows that must be found'),
    detected: z.int().min(0),
    localised: z.int().min(0),
    withinLimit: z.int().min(0),
    unprovable: z.int().min(0).describe('rows nobody was left to prove'),
    harmless: z.int().min(0).describe('rows that look like trouble and are none'),
    healthyOrders: z.int().min(0),
    falseAlarms: z.int().min(0).describe('healthy or harmless orders that were called broken'),
    failed: z.int().min(0).describe('rows and healthy orders that did not pass'),
    without: text.nullable(),
    seed: z.int().nullable(),
    tookMs: ms,
  })
  .meta({ title: 'Waybill drill summary', description: 'How well the monitor diagnosed what was broken on purpose.' })

export type DrillDocument = z.infer<typeof drillDocumentSchema>
export type DrillSummary = z.infer<typeof drillSummarySchema>
