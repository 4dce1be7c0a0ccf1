import { readdir } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RabbitMq, startRabbitmq } from '../../src/embedded/rabbitmq.ts'
import { createRunFolder, type RunFolder } from '../../src/embedded/run-folder.ts'
import { startElsewhere } from './starter.ts'
import { waitUntil } from './wait-until.ts'

/** Without it a broker named by the user's own AMQP_URL would be tested. */
const { AMQP_URL: _, ...env } = process.env
let folder: RunFolder
let broker: RabbitMq

beforeAll(async () => {
  folder = await createRunFolder('test')
  broker = await startRabbitmq({ folder: folder.path, env, consumerTimeoutMs: 500 })
})

afterAll(async () => {
  await broker.stop()
  await folder.release()
})

const portOf = (url: string) => Number(new URL(url).port)

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

describe('a private RabbitMQ', () => {
  it('carries messages with confirms and tells of events', async () => {
    const connection = await connect(broker.amqpUrl)
    const channel = await connection.createConfirmChannel()
    await channel.checkExchange('amq.rabbitmq.event')
    const { queue } = await channel.assertQueue('', { exclusive: true })
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    await channel.consume(queue, (message) => resolve(message?.content.toString()), { noAck: true })
    channel.sendToQueue(queue, Buffer.from('ring'))
    await channel.waitForConfirms()
    expect(await promise).toBe('ring')
    await connection.close()
  })

  it('lets in only its own user', async () => {
    const { port } = new URL(broker.amqpUrl)
    await expect(connect(`amqp://guest:guest@127.0.0.1:${port}`)).rejects.toThrow(/ACCESS.REFUSED/)
    await expect(connect(`amqp://waybill:guess@127.0.0.1:${port}`)).rejects.toThrow(/ACCESS.REFUSED/)
  })

  it('closes a channel soon after a consumer’s time to acknowledge is over, not only at the next minute', async () => {
    const connection = await connect(broker.amqpUrl)
    connection.on('error', () => {})
    const channel = await connection.createChannel()
    const closed = new Promise<string>((resolve) => channel.once('error', (error: Error) => resolve(error.message)))
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.consume(queue, () => {})
    channel.sendToQueue(queue, Buffer.from('never acknowledged'))
    expect(await closed).toMatch(/PRECONDITION.FAILED/)
    await connection.close()
  })

  it('has virtual hosts that do not meet', async () => {
    const url = await broker.createVhost('cell 1/ä')
    const connection = await connect(url)
    const channel = await connection.createChannel()
    channel.on('error', () => {})
    await channel.assertExchange('only-here', 'topic')
    const outside = await connect(broker.amqpUrl)
    const outsideChannel = await outside.createChannel()
    outsideChannel.on('error', () => {})
    await expect(outsideChannel.checkExchange('only-here')).rejects.toThrow(/NOT.FOUND/)
    await Promise.all([connection.close(), outside.close()])
  })

  it('is gone with its folder when its starter is killed', async () => {
    const starter = await startElsewhere<{ folder: string; amqpUrl: string; managementUrl: string }>('rabbitmq')
    const { folder: itsFolder, amqpUrl, managementUrl } = starter.said
    expect(portOf(amqpUrl)).not.toBe(portOf(broker.amqpUrl))
    await starter.kill()
    await waitUntil(
      'the end of the broker',
      async () => !(await listens(portOf(amqpUrl))) && !(await listens(portOf(managementUrl))),
    )
    await waitUntil('the end of its folder', () =>
      readdir(itsFolder).then(
        () => false,
        () => true,
      ),
    )
  })

  it('is gone at once when it is stopped, twice, or aborted while it starts', async () => {
    const controller = new AbortController()
    const aborted = startRabbitmq({ folder: folder.path, env, signal: controller.signal })
    await waitUntil('its folder', async () => (await readdir(folder.path)).some((name) => name.startsWith('rabbitmq')))
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    await Promise.all([broker.stop(), broker.stop()])
    expect(await listens(portOf(broker.amqpUrl))).toBe(false)
    await expect(broker.exited).resolves.toMatchObject({ signal: 'SIGKILL' })
    expect(await readdir(folder.path)).toEqual([])
  })
})

describe('a RabbitMQ named by AMQP_URL', () => {
  const named = (extra: NodeJS.ProcessEnv = {}) =>
    startRabbitmq({ folder: '/nowhere', env: { AMQP_URL: 'amqps://user:secret@broker.example/shop', ...extra } })

  it('is taken as it is and never stopped', async () => {
    const given = await named({ AMQP_MANAGEMENT_URL: 'https://user:secret@broker.example' })
    expect(given).toMatchObject({
      from: 'AMQP_URL',
      amqpUrl: 'amqps://user:secret@broker.example/shop',
      managementUrl: 'https://user:secret@broker.example',
    })
    await given.stop()
  })

  it('has no virtual hosts to give while its management API is unknown', async () => {
    const given = await named()
    expect(given.managementUrl).toBeNull()
    await expect(given.createVhost('a')).rejects.toMatchObject({ code: 'part-missing' })
  })
})
