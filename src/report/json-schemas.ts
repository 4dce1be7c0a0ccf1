import { z } from 'zod'
import { verdictDocumentSchema } from './verdict-schema.ts'

/** File name in `schemas/` and JSON Schema (2020-12) of each document the interface prints. */
export const jsonSchemas = (): Readonly<Record<string, unknown>> => ({
  'verdict-1.schema.json': z.toJSONSchema(verdictDocumentSchema),
})

/** The text of a schema file. */
export const schemaText = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`
