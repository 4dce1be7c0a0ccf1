import type { Settings } from '../config/settings.ts'
import type { OtlpReceiver } from '../evidence/otlp/receiver.ts'
import type { ReleaseStack } from '../shared/release.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox-process.ts'

export interface WatchedSystemOptions {
  readonly settings: Settings
  readonly onProgress: (sentence: string) => void
  readonly signal: AbortSignal
  /** Brings the reference order system up in another way than as processes of its own: a cell of one that runs. */
  readonly bringUp?: (options: SandboxOptions) => Promise<Sandbox>
}

/** Brings the reference order system up where the settings name it; null where another is watched. */
export const startWatched = async (
  options: WatchedSystemOptions,
  receiver: OtlpReceiver | null,
  held: ReleaseStack,
): Promise<Sandbox | null> => {
  const { settings, signal, onProgress } = options
  if (settings.system !== 'sandbox') return null
  const url = receiver?.addresses().http
  const token = settings.otlp?.token?.reveal() ?? null
  const sandbox = await (options.bringUp ?? startSandbox)({
    speed: settings.speed,
    disguised: settings.sandbox.disguised,
    otlp: url === undefined ? null : { url, token },
    onProgress,
    signal,
  })
  held.push('sandbox', () => sandbox.stop())
  return sandbox
}

/** Base URL of each system a person or a page is met at. */
export const targetsOf = (settings: Settings, sandbox: Sandbox | null): Readonly<Record<string, string>> => {
  if (sandbox === null) return settings.targets
  const { shop, crm, mes, carrier } = sandbox.ready
  const { systems } = settings.sandbox
  const told = { [systems.shop]: shop, [systems.crm]: crm, [systems.mes]: mes, [systems.carrier]: carrier }
  return { ...told, ...settings.targets }
}
