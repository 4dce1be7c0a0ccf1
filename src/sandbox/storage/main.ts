import { asWaybillError, WaybillError } from '../../shared/errors.ts'
import { Secret } from '../../shared/secret.ts'
import { type ControlPort, openControlPort } from '../faults/control-port.ts'
import { createSwitchboard } from '../faults/switchboard.ts'
import { arrangeMishaps } from './mishaps.ts'
import { type StorageServer, startStorageServer } from './server.ts'

const switches = createSwitchboard()

/**
 * The storage server as a process. Reads `SANDBOX_STORAGE_FOLDER`, `SANDBOX_PORT` (0: any), `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
 * `AWS_REGION`, `S3_BUCKET` (created when missing) and `SANDBOX_STORAGE_CAPACITY_BYTES`. Says `{"type":"ready","endpoint":…,"controlPort":…}` on standard
 * output, and to its parent when there is a message channel. Without `SANDBOX_CONTROL_TOKEN` no control port is opened.
 */
async function main(): Promise<StorageServer> {
  const env = process.env
  const capacity = env.SANDBOX_STORAGE_CAPACITY_BYTES
  return startStorageServer({
    folder: required('SANDBOX_STORAGE_FOLDER'),
    accessKey: required('AWS_ACCESS_KEY_ID'),
    secretKey: required('AWS_SECRET_ACCESS_KEY'),
    port: Number(env.SANDBOX_PORT ?? 0),
    arrange: arrangeMishaps(switches),
    ...(env.AWS_REGION === undefined ? {} : { region: env.AWS_REGION }),
    ...(env.S3_BUCKET === undefined ? {} : { buckets: [env.S3_BUCKET] }),
    ...(capacity === undefined ? {} : { capacityBytes: Number(capacity) }),
  })
}

async function openControl(): Promise<ControlPort | undefined> {
  const token = process.env.SANDBOX_CONTROL_TOKEN
  return token === undefined ? undefined : openControlPort({ port: 0, token: new Secret(token) }, switches)
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
  const control = await openControl()
  const ready = { type: 'ready', endpoint: server.endpoint, controlPort: control?.port ?? null }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  process.send?.(ready)
  const close = () => Promise.all([server.stop(), control?.close()])
  const stop = () => void close().then(() => process.disconnect?.())
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // A parent that is gone needs no storage.
  process.once('disconnect', () => void close())
} catch (error) {
  process.stderr.write(`${asWaybillError(error).sentence()}\n`)
  process.exitCode = 1
  process.disconnect?.()
}
