import { fileURLToPath } from 'node:url'
import { connect } from 'amqplib'
import { startRabbitmq } from '../../../../src/embedded/rabbitmq.ts'
import { createRunFolder } from '../../../../src/embedded/run-folder.ts'
import { createReleaseStack } from '../../../../src/shared/release.ts'
import { receiveOtlp } from '../../receive-otlp.mjs'
import { startService, until } from '../../service-process.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const stack = createReleaseStack(30_000)

async function capture() {
  const folder = await createRunFolder('capture')
  stack.push('run folder', () => folder.release())
  const rabbit = await startRabbitmq({ folder: folder.path, onProgress: console.error })
  stack.push('RabbitMQ', () => rabbit.stop())
  const receiver = await receiveOtlp(here('../traces.pb64.jsonl'))
  stack.push('receiver', () => receiver.stop())

  const start = async (name, version) => {
    const env = {
      PATH: process.env.PATH,
      AMQP_URL: rabbit.amqpUrl,
      OTEL_SERVICE_NAME: name,
      OTEL_RESOURCE_ATTRIBUTES: `service.version=${version},service.instance.id=${name}-1`,
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '150',
    }
    const program = name === 'web-store' ? 'store.mjs' : 'bakery.mjs'
    const service = await startService(process.execPath, ['--import', here('tracing.mjs'), here(program)], { env })
    stack.push(name, () => service.stop())
    return service
  }
  await start('bakery', '3.1.0')
  const store = await start('web-store', '1.4.2')

  const order = async (customer, flavour) => {
    const response = await fetch(`${store.url}/cakes`, { method: 'POST', body: JSON.stringify({ customer, flavour }) })
    return response.json()
  }
  const cakes = await Promise.all([order('ann', 'vanilla'), order('bob', 'carrot')])
  cakes.push(await order('cleo', 'chocolate'))
  const refused = await order('dan', 'moonstone')
  cakes.push(await order('eve', 'vanilla'))
  for (const cake of cakes) {
    const isReady = async () => (await (await fetch(`${store.url}/cakes/${cake.id}`)).json()).status === 'READY'
    await until(`${cake.id} is ready`, isReady)
  }

  const connection = await connect(rabbit.amqpUrl)
  stack.push('connection', () => connection.close())
  const channel = await connection.createChannel()
  await until('one message is refused', async () => (await channel.checkQueue('bakery.refused')).messageCount === 1)
  console.error(`ready: ${cakes.map(({ id }) => id).join(', ')}\nrefused: ${refused.id}`)
}

try {
  await capture()
} finally {
  await stack.drain()
}
