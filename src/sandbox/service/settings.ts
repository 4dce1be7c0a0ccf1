import { z } from 'zod'
import { WaybillError } from '../../shared/errors.ts'
import { Secret } from '../../shared/secret.ts'

const port = z.coerce.number().int().min(0).max(65_535).default(0)
const url = z.url().optional()

const schema = z.object({
  SANDBOX_HOST: z.string().default('127.0.0.1'),
  SANDBOX_PORT: port,
  SANDBOX_CONTROL_PORT: port,
  SANDBOX_CONTROL_TOKEN: z.string().optional(),
  SANDBOX_SPEED: z.enum(['fast', 'realistic']).default('fast'),
  SANDBOX_ROW_CONTEXT: z.enum(['kept', 'left-out']).default('kept'),
  SANDBOX_DATABASE_URL: url,
  SANDBOX_AMQP_URL: url,
  SANDBOX_CRM_URL: url,
  S3_ENDPOINT: url,
  S3_BUCKET: z.string().default('models'),
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  OTEL_SERVICE_NAME: z.string().default('unknown_service'),
})

/** How fast the system lives: fractions of a second, or minutes as in life. */
export type Speed = 'fast' | 'realistic'

/** What one process of the order system is told by its environment. */
export interface ServiceSettings {
  readonly service: string
  readonly host: string
  readonly port: number
  readonly controlPort: number
  readonly controlToken: Secret | undefined
  readonly speed: Speed
  /** Whether the order row keeps the submitting request's trace context. */
  readonly keepsRowContext: boolean
  readonly databaseUrl: Secret | undefined
  readonly amqpUrl: Secret | undefined
  readonly crmUrl: string | undefined
  readonly storage: {
    readonly endpoint: string | undefined
    readonly bucket: string
    readonly region: string
    readonly accessKeyId: string | undefined
    readonly secretAccessKey: Secret | undefined
  }
}

const secret = (value: string | undefined): Secret | undefined => (value === undefined ? undefined : new Secret(value))

/** Checks the environment; the one place of a service that does. */
export function readSettings(env: NodeJS.ProcessEnv): ServiceSettings {
  const read = schema.safeParse(env)
  if (!read.success) {
    throw new WaybillError({
      code: 'bad-configuration',
      message: `The environment of the service is wrong: ${z.prettifyError(read.error)}`,
      hint: 'docs/sandbox.md lists the variables.',
    })
  }
  const value = read.data
  return {
    service: value.OTEL_SERVICE_NAME,
    host: value.SANDBOX_HOST,
    port: value.SANDBOX_PORT,
    controlPort: value.SANDBOX_CONTROL_PORT,
    controlToken: secret(value.SANDBOX_CONTROL_TOKEN),
    speed: value.SANDBOX_SPEED,
    keepsRowContext: value.SANDBOX_ROW_CONTEXT === 'kept',
    databaseUrl: secret(value.SANDBOX_DATABASE_URL),
    amqpUrl: secret(value.SANDBOX_AMQP_URL),
    crmUrl: value.SANDBOX_CRM_URL,
    storage: {
      endpoint: value.S3_ENDPOINT,
      bucket: value.S3_BUCKET,
      region: value.AWS_REGION,
      accessKeyId: value.AWS_ACCESS_KEY_ID,
      secretAccessKey: secret(value.AWS_SECRET_ACCESS_KEY),
    },
  }
}

const told = z.record(z.string(), z.string())

/**
 * The environment the service was started with, and what its starter adds in one message where `SANDBOX_SETTINGS` is `awaited`: so a
 * service can be started, and load all its code, before the database and the broker it is to use are there.
 */
export async function wholeEnvironment(): Promise<NodeJS.ProcessEnv> {
  if (process.env.SANDBOX_SETTINGS !== 'awaited') return process.env
  const message = await new Promise<unknown>((resolve, reject) => {
    process.once('message', resolve)
    process.once('disconnect', () => reject(new Error('the starter has gone')))
  })
  process.disconnect()
  return { ...process.env, ...told.parse(message) }
}

/** A setting without which this service cannot work. */
export function required<T>(value: T | undefined, variable: string): T {
  if (value !== undefined) return value
  throw new WaybillError({
    code: 'bad-configuration',
    message: `${variable} is not set.`,
    hint: 'docs/sandbox.md lists what each process needs.',
  })
}
