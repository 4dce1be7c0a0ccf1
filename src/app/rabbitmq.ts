import { readFile } from 'node:fs/promises'
import type { RabbitMqSettings } from '../config/rabbitmq-settings.ts'
import type { Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'
import type { PlantedRegistry } from '../evidence/planted.ts'
import type { EvidenceSink } from '../evidence/ports.ts'
import { TAP_PACE, TAP_ROOM, TAP_WAITING } from '../evidence/rabbitmq/settings.ts'
import { createRabbitMqTap, type RabbitMqTap } from '../evidence/rabbitmq/tap.ts'
import type { SandboxReady } from '../sandbox/launch.ts'
import type { Clock } from '../shared/clock.ts'
import { WaybillError } from '../shared/errors.ts'
import type { ReleaseStack } from '../shared/release.ts'
import { Secret } from '../shared/secret.ts'

/** Taps the broker the settings name, or the one the sandbox told; null when there is none or the contract has no queues. */
export async function startTap(
  { settings, contract }: { readonly settings: Settings; readonly contract: Contract },
  ready: SandboxReady | null,
  clock: Clock,
  sink: EvidenceSink,
  planted: PlantedRegistry,
  held: ReleaseStack,
): Promise<RabbitMqTap | null> {
  const { rabbitmq } = settings
  const hasQueues = Object.values(contract.handoffs).some(({ kind }) => kind === 'queue')
  const url = rabbitmq?.url ?? (ready === null ? null : new Secret(ready.amqp))
  if (rabbitmq === null || url === null || !hasQueues) return null
  const told = ready?.amqpManagement ?? null
  const tap = createRabbitMqTap({
    url,
    managementUrl: rabbitmq.managementUrl ?? (told === null ? null : new Secret(told)),
    mode: rabbitmq.mode,
    ca: await readCertificates(rabbitmq, settings.file),
    statistics: rabbitmq.statistics,
    contract,
    planted,
    clock,
    pace: TAP_PACE,
    room: TAP_ROOM,
    waiting: TAP_WAITING,
  })
  held.push('RabbitMQ tap', () => tap.stop())
  await tap.start(sink)
  return tap
}

async function readCertificates({ ca }: RabbitMqSettings, place: string): Promise<string | null> {
  if (ca === null) return null
  try {
    return await readFile(ca, 'utf8')
  } catch (cause) {
    throw new WaybillError({
      code: 'bad-configuration',
      place,
      message: `The certificates in ${ca} cannot be read.`,
      hint: 'Correct sources.rabbitmq.ca in the configuration.',
      cause,
    })
  }
}
