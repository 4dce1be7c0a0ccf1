import { z } from 'zod'
import { durationSchema } from '../contract/schema.ts'
import { Secret } from '../shared/secret.ts'

const optional = z.exactOptional
const text = z.string().min(1)
const secret = z.union([z.instanceof(Secret), text], 'a text or a Secret')

const questions = {
  maxPerSecond: optional(z.number().positive()),
  moving: optional(durationSchema),
  atRest: optional(durationSchema),
  timeout: optional(durationSchema),
}

/** `sources.postgres`: where the databases are whose rows the contract names. */
export const postgresSchema = z.strictObject({
  ...questions,
  databases: optional(z.record(text, z.strictObject({ url: secret }))),
})

/** `sources.storage`: where the files are whose objects the contract names. */
export const storageSchema = z.strictObject({
  ...questions,
  endpoint: optional(text),
  region: optional(text),
  accessKeyId: optional(text),
  secretAccessKey: optional(secret),
  pathStyle: optional(z.boolean()),
})

/** `sources.page`: whether the pages are looked at that the contract names. */
export const pageSchema = z.strictObject(questions)
