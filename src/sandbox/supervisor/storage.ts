import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { spawnGuarded, untilReady } from '../../embedded/child.ts'
import { WaybillError } from '../../shared/errors.ts'
import { redactUrl, type Secret } from '../../shared/secret.ts'
import { names } from '../names/names.ts'
import type { SandboxReady } from '../ready.ts'
import { reasonOf } from './named-broker.ts'

const PROGRAM = fileURLToPath(new URL('../storage/main.ts', import.meta.url))
const START_LIMIT_MS = 20_000
const readyLine = z.object({ type: z.literal('ready'), endpoint: z.url(), controlPort: z.number() })

/** Where the models are kept and how to get there. */
export type StorageAccess = SandboxReady['s3']

export interface RunningStorage {
  readonly access: StorageAccess
  /** Undefined where the server is not ours. */
  readonly controlPort: number | undefined
  stop(): Promise<void>
}

/** The S3 server named by `S3_ENDPOINT`, else a small one of our own; the bucket exists afterwards. */
export async function startStorage(
  folder: string,
  env: NodeJS.ProcessEnv,
  compileCache: string,
  token: Secret,
  signal: AbortSignal,
): Promise<RunningStorage> {
  const named = env.S3_ENDPOINT
  const shared = { bucket: env.S3_BUCKET ?? names.storage.say('models'), region: env.AWS_REGION ?? 'us-east-1' }
  if (named !== undefined && named !== '') {
    const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' }
    const access = { ...shared, endpoint: named, ...keys }
    await createBucket(access)
    return { access, controlPort: undefined, stop: async () => {} }
  }
  const keys = {
    accessKeyId: `SB${randomBytes(9).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(24).toString('base64url'),
  }
  const data = path.join(folder, 'storage')
  await mkdir(data, { recursive: true, mode: 0o700 })
  let ready: z.output<typeof readyLine> | undefined
  const child = spawnGuarded(process.execPath, [PROGRAM], {
    env: {
      PATH: env.PATH,
      NODE_COMPILE_CACHE: compileCache,
      ...(env.SANDBOX_NAMES === undefined ? {} : { SANDBOX_NAMES: env.SANDBOX_NAMES }),
      SANDBOX_STORAGE_FOLDER: data,
      AWS_REGION: shared.region,
      S3_BUCKET: shared.bucket,
      SANDBOX_CONTROL_TOKEN: token.reveal(),
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    },
    onLine: (line, stream) => {
      if (stream === 'stdout') ready ??= readReady(line)
    },
  })
  try {
    await untilReady(child, 'the file storage', () => ready !== undefined, {
      limitMs: START_LIMIT_MS,
      everyMs: 10,
      signal,
    })
    const { endpoint = '', controlPort } = ready ?? {}
    return { access: { ...shared, endpoint, ...keys }, controlPort, stop: () => child.stop() }
  } catch (error) {
    await child.stop()
    throw error
  }
}

function readReady(line: string): z.output<typeof readyLine> | undefined {
  try {
    return readyLine.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

/** The client is loaded only where a server is named: it costs a third of a second of every start. */
async function createBucket({ endpoint, bucket, region, accessKeyId, secretAccessKey }: StorageAccess): Promise<void> {
  const { BucketAlreadyExists, BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } = await import(
    '@aws-sdk/client-s3'
  )
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    maxAttempts: 2,
    credentials: { accessKeyId, secretAccessKey },
  })
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  } catch (error) {
    if (error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists) return
    throw new WaybillError({
      code: 'part-missing',
      place: redactUrl(endpoint),
      message: `The file storage named by S3_ENDPOINT does not let us make the bucket ${bucket}: ${reasonOf(error)}.`,
      hint: 'Start it, correct S3_ENDPOINT and the AWS keys, or unset S3_ENDPOINT to have a small one started.',
      cause: error,
    })
  } finally {
    client.destroy()
  }
}
