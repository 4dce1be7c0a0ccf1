import type { SandboxOptions } from './options.ts'

/** What the services may see of our own environment: the standard telemetry variables and what a process needs to run at all. */
const PASSED =
  /^(OTEL_|PATH$|HOME$|TMPDIR$|TZ$|LANG$|LC_|NODE_EXTRA_CA_CERTS$|SANDBOX_ROW_CONTEXT$|SANDBOX_VERSION$|SANDBOX_NAMES$)/

/** What may be set for the services of one cell. */
const SETTABLE = /^(OTEL_|SANDBOX_ROW_CONTEXT$|SANDBOX_VERSION$)/

/** Whether a cell's services may be given this variable. */
export const isSettable = (name: string): boolean => SETTABLE.test(name)

const EXPORT_DELAY_MS = { fast: '200', realistic: '1000' } as const

/** The environment all four services share. Without a receiver named anywhere no span is sent. */
export function serviceEnvironment(
  { speed, otlpUrl }: SandboxOptions,
  env: NodeJS.ProcessEnv,
  compileCache: string,
): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) if (value !== undefined && PASSED.test(name)) passed[name] = value
  const receiver =
    otlpUrl ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_TRACES_EXPORTER
  return {
    OTEL_BSP_SCHEDULE_DELAY: EXPORT_DELAY_MS[speed],
    ...(receiver === undefined ? { OTEL_TRACES_EXPORTER: 'none' } : {}),
    ...passed,
    ...(otlpUrl === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl }),
    SANDBOX_SPEED: speed,
    NODE_COMPILE_CACHE: compileCache,
  }
}
