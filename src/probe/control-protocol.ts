import { z } from 'zod'
import { actsSchema, marksSchema } from '../config/people.ts'

/** `POST /orders`: asks for an order. The ledger entry is made before the answer is sent. */
export const orderRequestSchema = z.strictObject({
  probe: z.string().min(1),
  flow: z.string().min(1),
  until: z.string().min(1).nullable(),
})
export type OrderRequest = z.infer<typeof orderRequestSchema>

/** The answer to `POST /orders` (201). */
export const orderGrantSchema = z.strictObject({
  key: z.string().min(1),
  /** The mark under which the order is placed; begins with the reference prefix of the marks. */
  externalReference: z.string().min(1),
  run: z.string().min(1),
  /** The last stage asked for; null for the whole flow. */
  until: z.string().nullable(),
  /** The flow's stages in order, so that the story knows what lies beyond `until`. */
  stages: z.array(z.string()),
})
export type OrderGrant = z.infer<typeof orderGrantSchema>

/** `POST /facts` (204): lines as written by `encodeRecord` of the evidence codec; all land, or none. */
export const factsRequestSchema = z.strictObject({ records: z.array(z.string()).max(1000) })

/** Longest a `waitMs` may ask a long poll to be held open. */
const LONGEST_WAIT_MS = 30_000

/** Query of `GET /orders/{key}/stages/{stage}`. */
export const stageQuerySchema = z.strictObject({
  waitMs: z.coerce.number().int().min(0).max(LONGEST_WAIT_MS).default(0),
  /**
   * The system in which the stage must be visible (its owner or a mirror), for a person who works there.
   * Without it, or when nothing can witness that system, the stage itself decides.
   */
  in: z.string().min(1).optional(),
})

/**
 * The answer to `GET /orders/{key}/stages/{stage}`. `waiting`: not within `waitMs`, ask again.
 * `stopped`: the verdict is broken or final, the order will not get there; `reason` is its sentence.
 */
export const stageAnswerSchema = z.strictObject({
  state: z.enum(['reached', 'waiting', 'stopped']),
  reason: z.string().nullable(),
})
export type StageAnswer = z.infer<typeof stageAnswerSchema>

/** Query of `GET /orders/{key}/verdict`. */
export const verdictQuerySchema = z.strictObject({
  waitMs: z.coerce.number().int().min(0).max(LONGEST_WAIT_MS).default(0),
})

/** The answer to `GET /orders/{key}/verdict`; `document` is the verdict document once there is one. */
export const verdictAnswerSchema = z.strictObject({
  state: z.enum(['open', 'final']),
  verdict: z.enum(['passed', 'degraded', 'broken', 'inconclusive']).optional(),
  reason: z.string().optional(),
  document: z.unknown().optional(),
})
export type VerdictAnswer = z.infer<typeof verdictAnswerSchema>

/** Body of every 4xx and 5xx of the control server. */
export const controlErrorSchema = z.object({ error: z.string() })

/** What a probe worker is told: whom to report to, where the systems are, how to mark the order. */
export const probeSettingsSchema = z.strictObject({
  control: z.strictObject({ url: z.url(), token: z.string().min(1) }),
  run: z.string().min(1),
  /** Base URL of each system a person of the story talks to, by the system's id in the contract. */
  targets: z.record(z.string(), z.url()),
  /** Where the probe's own client spans go (`…/v1/traces`); null: nowhere. */
  otlp: z.strictObject({ url: z.url(), headers: z.record(z.string(), z.string()).default({}) }).nullable(),
  /** Null: a probe that needs a page cannot run. */
  browser: z.strictObject({ executablePath: z.string().min(1) }).nullable(),
  until: z.string().nullable().default(null),
  marks: marksSchema.prefault({}),
  acts: actsSchema.prefault({}),
  /** Attributes by which the order system's spans name an order, so that the probe's own do it the same way. */
  attributes: z
    .strictObject({ order: z.string().default('order.id'), reference: z.string().default('order.reference') })
    .prefault({}),
  /** Longest a request of a person may stay without an answer. */
  requestTimeoutMs: z.number().int().positive().default(10_000),
  /** Longest an upload may take. */
  uploadTimeoutMs: z.number().int().positive().default(300_000),
  /** True where nobody else follows the order to its verdict (`npx playwright test`): the probe then waits for it and fails with its reason. */
  awaitVerdict: z.boolean().default(false),
})
export type ProbeSettings = z.infer<typeof probeSettingsSchema>
/** Settings as one writes them, defaults left out. */
export type ProbeSettingsInput = z.input<typeof probeSettingsSchema>
