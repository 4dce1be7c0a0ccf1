import { z } from 'zod'
import { drillDocumentSchema, drillSummarySchema } from './drill-schema.ts'
import { verdictDocumentSchema } from './verdict-schema.ts'

/** File name in `schemas/` and JSON Schema (2020-12) of each document the interface prints. */
export const jsonSchemas = (): Readonly<Record<string, unknown>> => ({
  'drill-1.schema.json': z.toJSONSchema(drillDocumentSchema),
  'drill-summary-1.schema.json': z.toJSONSchema(drillSummarySchema),
  'verdict-1.schema.json': z.toJSONSchema(verdictDocumentSchema),
})

/** The text of a schema file. */
export const schemaText = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`
