import { z } from 'zod'

/** What the reporter in the probe's process tells the one who started it. */
export const runMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('begin'), title: z.string() }),
  z.object({
    type: z.literal('step'),
    title: z.string(),
    state: z.enum(['begun', 'ended']),
    error: z.string().nullable(),
  }),
  z.object({
    type: z.literal('end'),
    title: z.string(),
    /** The worker's own account of the end; null when it died before it could give one. */
    end: z.object({ outcome: z.enum(['played', 'order-stopped', 'broke']), detail: z.string().nullable() }).nullable(),
    error: z.string().nullable(),
    attachments: z.array(z.object({ name: z.string(), path: z.string() })),
  }),
  /** Trouble outside any test: a probe file that does not load. */
  z.object({ type: z.literal('trouble'), message: z.string() }),
])
export type RunMessage = z.infer<typeof runMessageSchema>
