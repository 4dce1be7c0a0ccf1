import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connect } from 'amqplib'
import { startPostgres } from '../../../../src/embedded/postgres.ts'
import { startRabbitmq } from '../../../../src/embedded/rabbitmq.ts'
import { createRunFolder } from '../../../../src/embedded/run-folder.ts'
import { createReleaseStack } from '../../../../src/shared/release.ts'
import { receiveOtlp } from '../../receive-otlp.mjs'
import { startService, until } from '../../service-process.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const stack = createReleaseStack(30_000)

const RESOURCE_PROVIDERS = [
  'io.opentelemetry.sdk.autoconfigure.EnvironmentResourceProvider',
  'io.opentelemetry.javaagent.tooling.DistroVersionResourceProvider',
]

function build(folder) {
  const { status } = spawnSync('mvn', ['-q', '-B', 'package', `-DbuildFolder=${folder}`], { cwd: here('.'), stdio: 'inherit' })
  if (status !== 0) throw new Error('Maven could not build the two programs')
}

async function capture() {
  const folder = await createRunFolder('capture')
  stack.push('run folder', () => folder.release())
  const built = `${folder.path}/built`
  build(built)
  const rabbit = await startRabbitmq({ folder: folder.path, onProgress: console.error })
  stack.push('RabbitMQ', () => rabbit.stop())
  const postgres = await startPostgres({ folder: folder.path, onProgress: console.error })
  stack.push('PostgreSQL', () => postgres.stop())
  const receiver = await receiveOtlp(here('../traces.pb64.jsonl'))
  stack.push('receiver', () => receiver.stop())

  const { username, password, host } = new URL(postgres.url('postgres'))
  const start = async (name, version, program) => {
    const env = {
      PATH: process.env.PATH,
      AMQP_URL: rabbit.amqpUrl,
      DATABASE: `jdbc:postgresql://${host}/postgres?user=${username}&password=${password}`,
      OTEL_SERVICE_NAME: name,
      OTEL_RESOURCE_ATTRIBUTES: `service.version=${version},service.instance.id=${name}-1`,
      OTEL_JAVA_ENABLED_RESOURCE_PROVIDERS: RESOURCE_PROVIDERS.join(','),
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '150',
    }
    const classPath = `${built}/classes:${built}/lib/*`
    const service = await startService('java', [`-javaagent:${built}/agent.jar`, '-cp', classPath, program], { env })
    stack.push(name, () => service.stop())
    return service
  }
  await start('bike-workshop', '2.0.1', 'bikes.Workshop')
  const desk = await start('bike-desk', '5.3.0', 'bikes.Desk')

  const bring = async (customer, fault) => {
    const response = await fetch(`${desk.url}/repairs`, { method: 'POST', body: `${customer} ${fault}` })
    return response.text()
  }
  const repairs = [await bring('ann', 'puncture'), ...(await Promise.all([bring('bob', 'gears'), bring('cleo', 'brakes')]))]
  const refused = await bring('dan', 'rust')
  repairs.push(await bring('eve', 'puncture'))
  for (const repair of repairs) {
    await until(`${repair} is collectable`, async () => (await (await fetch(`${desk.url}/repairs/${repair}`)).text()) === 'COLLECTABLE')
  }

  const connection = await connect(rabbit.amqpUrl)
  stack.push('connection', () => connection.close())
  const channel = await connection.createChannel()
  await until('one message is refused', async () => (await channel.checkQueue('workshop.refused')).messageCount === 1)
  console.error(`collectable: ${repairs.join(', ')}\nrefused: ${refused}`)
}

try {
  await capture()
} finally {
  await stack.drain()
}
