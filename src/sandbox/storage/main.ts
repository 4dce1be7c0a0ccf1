import { asWaybillError, WaybillError } from '../../shared/errors.ts'
import { type StorageServer, startStorageServer } from './server.ts'

/**
 * The storage server as a process. Reads `SANDBOX_STORAGE_FOLDER`, `SANDBOX_PORT` (0: any), `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
 * `AWS_REGION`, `S3_BUCKET` (created when missing) and `SANDBOX_STORAGE_CAPACITY_BYTES`. Says `{"type":"ready","endpoint":…}` on standard output,
 * and to its parent when there is a message channel.
 */
async function main(): Promise<StorageServer> {
  const env = process.env
  const capacity = env.SANDBOX_STORAGE_CAPACITY_BYTES
  return startStorageServer({
    folder: required('SANDBOX_STORAGE_FOLDER'),
    accessKey: required('AWS_ACCESS_KEY_ID'),
    secretKey: required('AWS_SECRET_ACCESS_KEY'),
    port: Number(env.SANDBOX_PORT ?? 0),
    ...(env.AWS_REGION === undefined ? {} : { region: env.AWS_REGION }),
    ...(env.S3_BUCKET === undefined ? {} : { buckets: [env.S3_BUCKET] }),
    ...(capacity === undefined ? {} : { capacityBytes: Number(capacity) }),
  })
}

function required(name: string): string {
  const value = process.env[name]
  if (value !== undefined && value !== '') return value
  throw new WaybillError({
    code: 'bad-configuration',
    message: `${name} is not set.`,
    hint: 'The sandbox sets it; set it when you start the storage server by hand.',
  })
}

try {
  const server = await main()
  const ready = { type: 'ready', endpoint: server.endpoint }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  process.send?.(ready)
  const stop = () => void server.stop().then(() => process.disconnect?.())
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // A parent that is gone needs no storage.
  process.once('disconnect', () => void server.stop())
} catch (error) {
  process.stderr.write(`${asWaybillError(error).sentence()}\n`)
  process.exitCode = 1
  process.disconnect?.()
}
