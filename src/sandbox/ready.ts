import { z } from 'zod'

const url = z.url()

/** What the sandbox says on standard output and over IPC once everything answers; all others need to know of it. */
export const sandboxReady = z.object({
  type: z.literal('ready'),
  /** Which of the order systems side by side; the first is `c1`. */
  cell: z.string(),
  shop: url,
  crm: url,
  mes: url,
  carrier: url,
  /** With user and password. */
  amqp: url,
  amqpManagement: url.nullable(),
  /** Read-only connection strings (role `monitor_ro`). */
  shopDb: url,
  mesDb: url,
  s3: z.object({
    endpoint: url,
    bucket: z.string(),
    region: z.string(),
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
  }),
  /** The switches: `GET /faults`, `PUT /faults/{name}`, `DELETE /faults/{name}`, at the first cell also `POST /cells`, `DELETE /cells/{id}`, with `Authorization: Bearer <token>`. */
  control: z.object({ url, token: z.string() }),
})
export type SandboxReady = z.output<typeof sandboxReady>

/** What a sandbox started with an IPC channel tells its starter. */
export const sandboxMessage = z.discriminatedUnion('type', [
  sandboxReady,
  z.object({ type: z.literal('progress'), text: z.string() }),
  z.object({ type: z.literal('failed'), sentence: z.string() }),
])
export type SandboxMessage = z.output<typeof sandboxMessage>
