import { readFile } from 'node:fs/promises'
import type { OtlpSettings, Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'
import { createOtlpReceiver, type OtlpOptions, type OtlpReceiver } from '../evidence/otlp/receiver.ts'
import type { SpanRef } from '../evidence/span.ts'
import { type ClockAsker, createClockAsker } from '../evidence/status-api/clock-asker.ts'
import type { StatusApiSystem } from '../evidence/status-api/settings.ts'
import { createStatusApi, type StatusApi } from '../evidence/status-api/status-api.ts'
import type { Clock } from '../shared/clock.ts'
import { WaybillError } from '../shared/errors.ts'

const UNCLAIMED = { maxBytes: 64 * 1024 * 1024, maxAgeMs: 60_000 }

const readTls = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new WaybillError({
      code: 'bad-configuration',
      place: file,
      message: 'This certificate or key cannot be read.',
      hint: 'Correct sources.otlp.tls in the configuration.',
      cause,
    })
  }
}

/** The OTLP receiver the settings ask for. */
export async function buildReceiver(
  settings: OtlpSettings,
  contract: Contract,
  clock: Clock,
  more: Pick<OtlpOptions, 'planted' | 'onStranger'>,
): Promise<OtlpReceiver> {
  const { http, grpc, token, tls } = settings
  return createOtlpReceiver({
    http,
    grpc,
    ...(tls === null ? {} : { tls: { cert: await readTls(tls.cert), key: await readTls(tls.key) } }),
    ...(token === null ? {} : { token }),
    unclaimed: UNCLAIMED,
    recognise: contract.recognise,
    services: Object.values(contract.systems).flatMap((system) => system.services),
    ...more,
    clock,
  })
}

/** The asker of the light routes the settings name, of those systems whose address is known. Null when there are none. */
export function buildClockAsker(
  settings: Settings,
  targets: Readonly<Record<string, string>>,
  clock: Clock,
  onPoll: (poll: SpanRef) => void,
): ClockAsker | null {
  const routes = Object.entries(settings.statusApi?.clocks ?? {}).flatMap(([system, { url, path, headers }]) => {
    const known = url ?? targets[system]
    return known === undefined ? [] : [[system, { url: known, path, headers }] as const]
  })
  if (settings.statusApi === null || routes.length === 0) return null
  const timeoutMs = settings.statusApi.timeout
  return createClockAsker({ routes: Object.fromEntries(routes), clock, timeoutMs, onPoll })
}

/** The asker of the status APIs the settings name; `targets` fills in the addresses the sandbox told. Null when there are none. */
export function buildStatusApi(
  settings: Settings,
  targets: Readonly<Record<string, string>>,
  clock: Clock,
  onPoll: (poll: SpanRef) => void,
): StatusApi | null {
  if (settings.statusApi === null) return null
  const systems = Object.entries(settings.statusApi.systems).map(([system, spec]): [string, StatusApiSystem] => {
    const url = spec.url ?? targets[system]
    if (url === undefined) {
      throw new WaybillError({
        code: 'bad-configuration',
        place: settings.file,
        message: `The address of ${system}'s status API is not known.`,
        hint: `Set sources.statusApi.systems.${system}.url.`,
      })
    }
    const { path, status, headers, notFound, content } = spec
    return [
      system,
      {
        ...{ url, path, status, headers, notFound, content },
        ...(spec.history === null ? {} : { history: spec.history }),
        ...(spec.reference === null ? {} : { reference: spec.reference }),
      },
    ]
  })
  return createStatusApi({ systems: Object.fromEntries(systems), clock, timeoutMs: settings.statusApi.timeout, onPoll })
}
