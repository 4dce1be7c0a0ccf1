import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GuardedChild, spawnGuarded } from '../../../src/embedded/child.ts'

const MAIN = path.join(import.meta.dirname, '../../../src/sandbox/storage/main.ts')
const MIB = 1024 * 1024
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAPROCESS', AWS_SECRET_ACCESS_KEY: 'secret' }

let folder: string
let child: GuardedChild | undefined

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'waybill-storage-'))
})

afterEach(async () => {
  await child?.stop()
  await rm(folder, { recursive: true, force: true })
})

const start = (env: NodeJS.ProcessEnv): GuardedChild => {
  child = spawnGuarded(process.execPath, [MAIN], { ipc: true, env: { PATH: process.env.PATH, ...env } })
  return child
}

const readyEndpoint = (of: GuardedChild) =>
  new Promise<string>((resolve, reject) => {
    of.process.once('message', (message: { type: string; endpoint: string }) => resolve(message.endpoint))
    void of.exited.then(() => reject(new Error(of.tail())))
  })

const highWaterMiB = async (pid: number | undefined): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

describe('the storage server as a process', () => {
  it('takes large models in constant memory, and ends in order when it is told to', async () => {
    const server = start({ ...KEYS, SANDBOX_STORAGE_FOLDER: folder, S3_BUCKET: 'models' })
    const s3 = new S3Client({
      endpoint: await readyEndpoint(server),
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
    })
    const piece = randomBytes(MIB)
    const model = (mib: number) => Readable.from(Array.from({ length: mib }, () => piece))
    const put = (key: string, mib: number) =>
      s3.send(new PutObjectCommand({ Bucket: 'models', Key: key, Body: model(mib), ContentLength: mib * MIB }))
    await put('warm-up', 16)
    const before = await highWaterMiB(server.pid)
    await put('single', 100)
    await new Upload({ client: s3, params: { Bucket: 'models', Key: 'parts', Body: model(100) } }).done()
    const grown = (await highWaterMiB(server.pid)) - before
    expect(grown).toBeLessThan(64)
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'models', Key: 'parts' }))
    expect(head.ContentLength).toBe(100 * MIB)
    s3.destroy()
    await server.stop()
    await expect(server.exited).resolves.toEqual({ code: 0, signal: null })
  })

  it('ends when its parent lets go of it', async () => {
    const server = start({ ...KEYS, SANDBOX_STORAGE_FOLDER: folder })
    await readyEndpoint(server)
    server.process.disconnect()
    await expect(server.exited).resolves.toEqual({ code: 0, signal: null })
  })

  it.each([
    { what: 'a setting is missing', env: { ...KEYS }, words: 'SANDBOX_STORAGE_FOLDER is not set' },
    {
      what: 'its port is taken',
      env: { ...KEYS, SANDBOX_STORAGE_FOLDER: '{folder}', SANDBOX_PORT: '{taken}' },
      words: 'cannot listen on 127.0.0.1',
    },
  ])('says so in a sentence and ends with code 1 when $what', async ({ env, words }) => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const address = holder.address()
    const taken = typeof address === 'object' && address !== null ? String(address.port) : ''
    const filled = Object.entries(env).map(([name, value]) => [
      name,
      value.replace('{folder}', folder).replace('{taken}', taken),
    ])
    const server = start(Object.fromEntries(filled))
    await expect(server.exited).resolves.toEqual({ code: 1, signal: null })
    await server.stop()
    expect(server.tail()).toContain(words)
    expect(server.tail()).not.toContain('    at ')
    await new Promise((resolve) => holder.close(resolve))
  })
})
