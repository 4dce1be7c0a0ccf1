import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { everythingSeen, wordsOfFaults } from '../support/everything-seen.ts'
import { call, createPeople, tetrahedron } from '../support/people.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type RunningSandbox, startSandbox } from '../support/sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let people: ReturnType<typeof createPeople>
let s3: S3Client
const heard: string[] = []

beforeAll(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox(receiver.url)
  people = createPeople(sandbox)
  const { endpoint, region, accessKeyId, secretAccessKey } = sandbox.s3
  s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
})

afterAll(async () => {
  s3?.destroy()
  await sandbox?.stop()
  await receiver?.close()
})

/** A request whose answer is waited for so long and no longer. */
const impatient = (answer: Promise<unknown>, ms: number) =>
  Promise.race([answer, new Promise((resolve) => setTimeout(() => resolve('no answer'), ms).unref())])

const begun = async (reference: string): Promise<string> => {
  const answer = await people.create(reference)
  expect(answer.status).toBe(201)
  return (answer.json() as { orderId: string }).orderId
}
const found = async (reference: string) => {
  const { json } = await call(sandbox.shop, 'GET', `/api/orders?externalReference=${reference}`)
  return (json() as { orders: { orderId: string; status: string }[] }).orders
}
const object = (orderId: string) => ({ Bucket: sandbox.s3.bucket, Key: `synthetic/orders/${orderId}/ring.stl` })
const names = (orderId: string) => receiver.ofOrder(orderId).map(({ name }) => name)

describe('a new order', () => {
  test('is not answered while the shop hangs, and nothing is written', async () => {
    await sandbox.fault('shop-create-hangs', 'SYN-hangs')
    expect(await impatient(people.create('SYN-hangs'), 700)).toBe('no answer')
    expect(await found('SYN-hangs')).toEqual([])
    expect((await people.create('SYN-other')).status).toBe(201)
  })

  test('can be read for a moment and is gone when the cache is reset', async () => {
    await sandbox.fault('shop-cart-reset', 'SYN-cart')
    const orderId = await begun('SYN-cart')
    expect(await people.look('shop', orderId)).toMatchObject({ status: 'INITIATED' })
    await eventually('the reset', async () => ((await people.look('shop', orderId)) === undefined ? true : undefined))
    expect(await found('SYN-cart')).toEqual([])
  })

  test('is there although its answer comes too late, and there twice when it is sent again', async () => {
    await sandbox.fault('shop-answers-too-late', 'SYN-late')
    const send = () =>
      call(sandbox.shop, 'POST', '/api/orders', {
        body: { customer: { id: 'synthetic-7' }, externalReference: 'SYN-late' },
        headers: { 'idempotency-key': 'late-1' },
      })
    expect(await impatient(send(), 700)).toBe('no answer')
    expect(await found('SYN-late')).toHaveLength(1)
    const again = await send()
    expect(again.status).toBe(201)
    expect(await found('SYN-late')).toHaveLength(2)
  })
})

describe('a placed order', () => {
  test('is answered and does not stay placed when its transaction is not committed', async () => {
    await sandbox.fault('submit-not-committed', 'SYN-rolled')
    const { orderId, submitted } = await people.places('SYN-rolled')
    expect(submitted.status).toBe('SUBMITTED')
    expect(await people.look('shop', orderId)).toMatchObject({ status: 'FILE_UPLOADED' })
  })

  test('is refused when the database has no connection left for it', async () => {
    await sandbox.fault('shop-db-refuses', 'SYN-refused')
    const orderId = await begun('SYN-refused')
    await people.upload(orderId)
    const answer = await people.submit(orderId)
    heard.push(answer.text)
    expect(answer.status).toBe(500)
    expect(await people.look('shop', orderId)).toMatchObject({ status: 'FILE_UPLOADED' })
    await sandbox.clear('shop-db-refuses')
    expect((await people.submit(orderId)).status).toBe(200)
  })
})

describe('the model', () => {
  const upload = async (fault: string, model?: Buffer) => {
    const reference = `SYN-${fault}`.replaceAll(/[aeiou]/g, '')
    await sandbox.fault(fault, reference)
    const orderId = await begun(reference)
    const answer = await people.upload(orderId, model)
    heard.push(answer.text)
    return { orderId, answer }
  }

  test('is refused by a full storage, and of this order only', async () => {
    const { orderId, answer } = await upload('storage-full')
    expect(answer.status).toBe(500)
    expect(await people.look('shop', orderId)).toMatchObject({ status: 'INITIATED' })
    const put = await eventually('the refused put', () =>
      receiver.ofOrder(orderId).find((span) => span.name.includes('PutObject') && span.status.code === 2),
    )
    expect(put.events[0]?.attributes['exception.message']).toBe('There is no space left to store the object.')
    await people.places()
  })

  test('is dropped with the session when the storage reads at a crawl', { timeout: 20_000 }, async () => {
    const { orderId, answer } = await upload('storage-crawls')
    expect(answer.status).toBe(500)
    expect(await people.look('shop', orderId)).toMatchObject({ status: 'INITIATED' })
    const put = await eventually('the request', () =>
      receiver.ofOrder(orderId).find((span) => span.name === 'PUT /api/orders/{orderId}/model'),
    )
    expect(put.events.map(({ attributes }) => attributes['exception.type'])).toEqual(['UploadExpired'])
  })

  test('is answered well and lost, cut in half, swapped or kept under another type', async () => {
    const size = tetrahedron().length
    const stored = async (fault: string) => {
      const { orderId, answer } = await upload(fault)
      expect(answer.status).toBe(200)
      return s3.send(new HeadObjectCommand(object(orderId))).catch((error: Error) => error)
    }
    expect(await stored('storage-loses-file')).toMatchObject({ name: 'NotFound' })
    expect(await stored('storage-truncates-file')).toMatchObject({ ContentLength: size / 2, ContentType: 'model/stl' })
    expect(await stored('storage-forgets-type')).toMatchObject({
      ContentLength: size,
      ContentType: 'binary/octet-stream',
    })
    const { orderId } = await upload('storage-swaps-file')
    const { Body } = await s3.send(new GetObjectCommand(object(orderId)))
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
    expect([bytes.length > 0, bytes.equals(tetrahedron())]).toEqual([true, false])
  })
})

describe('personal data', () => {
  const planted = (orderId: string) =>
    receiver
      .ofOrder(orderId)
      .filter((span) => /planted(@|%40)example\.com/.test(JSON.stringify(span.attributes)))
      .map(({ name }) => name)

  test('gets into the attributes of a span of the shop', async () => {
    await sandbox.fault('personal-data-in-spans', 'SYN-attributes')
    const { orderId } = await people.places('SYN-attributes')
    await eventually('the span', () => (planted(orderId).length > 0 ? true : undefined))
    expect(planted(orderId)).toEqual(['POST /api/orders'])
  })

  test('gets into an address the shop calls', async () => {
    await sandbox.fault('personal-data-in-url', 'SYN-address')
    const { orderId } = await people.places('SYN-address')
    await eventually('the span', () => (planted(orderId).length > 0 ? true : undefined))
    const { orderId: other } = await people.places()
    await eventually('the other order', () => (names(other).includes('order.status SUBMITTED') ? true : undefined))
    expect(planted(other)).toEqual([])
  })
})

describe('the whole storage, the whole database', () => {
  test('are full or closed for everybody, and open again afterwards', async () => {
    await sandbox.processFault('storage-full')
    const orderId = await begun('SYN-everybody')
    expect((await people.upload(orderId)).status).toBe(500)
    await sandbox.clear('storage-full')
    expect((await people.upload(orderId)).status).toBe(200)
    await sandbox.processFault('shop-db-locked')
    const refused = await people.submit(orderId)
    heard.push(refused.text)
    expect(refused.status).toBe(500)
    await sandbox.clear('shop-db-locked')
    expect((await people.submit(orderId)).status).toBe(200)
  })
})

test('nothing that can be seen from outside names a fault', async () => {
  const seen = [await everythingSeen(sandbox, receiver), ...heard].join('\n')
  expect(seen.includes('sorry, too many clients already')).toBe(true)
  expect(wordsOfFaults(seen)).toEqual([])
})
