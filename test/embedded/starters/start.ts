import { spawnGuarded } from '../../../src/embedded/child.ts'
import { startPostgres } from '../../../src/embedded/postgres.ts'
import { startRabbitmq } from '../../../src/embedded/rabbitmq.ts'
import { createRunFolder } from '../../../src/embedded/run-folder.ts'
import { acquireSharedPostgres } from '../../../src/embedded/shared-postgres.ts'

// A process of its own that starts one thing, says what its tests need to know, and waits to be killed or to be told to leave.
const [what, home = ''] = process.argv.slice(2)

const say = (message: object) => process.send?.(message)

if (what === 'child') {
  const child = spawnGuarded('/bin/sh', ['-c', 'sleep 1000 & echo $!; trap "" TERM; wait'], {
    graceMs: 200,
    onLine: (line) => say({ pids: [child.pid, Number(line)] }),
  })
} else if (what === 'folder') {
  say({ folder: (await createRunFolder('test')).path })
} else if (what === 'postgres') {
  const folder = await createRunFolder('test')
  const postgres = await startPostgres({ folder: folder.path })
  say({ folder: folder.path, url: postgres.url('postgres'), port: postgres.port })
} else if (what === 'rabbitmq') {
  const folder = await createRunFolder('test')
  const broker = await startRabbitmq({ folder: folder.path })
  say({ folder: folder.path, amqpUrl: broker.amqpUrl, managementUrl: broker.managementUrl })
} else if (what === 'shared') {
  const shared = await acquireSharedPostgres({ home })
  process.once('message', () => void shared.release().then(() => process.disconnect()))
  say({ url: shared.url })
}
// The message channel keeps this process alive.
process.on('disconnect', () => process.exit())
