import { z } from 'zod'
import { WaybillError } from '../shared/errors.ts'
import { type ProbeSettings, probeSettingsSchema } from './control-protocol.ts'
import { PROBE_SETTINGS_VARIABLE } from './names.ts'

/** The worker's settings as its starter put them into the environment. */
// biome-ignore lint/style/noProcessEnv: a worker is a process of its own, started by Playwright; nothing else reaches it
export function readProbeSettings(environment: NodeJS.ProcessEnv = process.env): ProbeSettings {
  const text = environment[PROBE_SETTINGS_VARIABLE]
  if (text === undefined) {
    throw new WaybillError({
      code: 'probe-broken',
      message: 'The probe was started without its settings.',
      place: PROBE_SETTINGS_VARIABLE,
      hint: 'Start it by `npx waybill run` or `npx playwright test` in the folder of playwright.config.ts.',
    })
  }
  const read = probeSettingsSchema.safeParse(parseJson(text))
  if (read.success) return read.data
  throw new WaybillError({
    code: 'probe-broken',
    message: 'The settings of the probe are wrong.',
    place: PROBE_SETTINGS_VARIABLE,
    actual: z.prettifyError(read.error).replaceAll('\n', '; '),
    expected: 'the settings described in src/probe/control-protocol.ts',
  })
}

/** Settings as they are put into a worker's environment. */
export const probeSettingsEnvironment = (settings: ProbeSettings): Record<string, string> => ({
  [PROBE_SETTINGS_VARIABLE]: JSON.stringify(settings),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Hands settings down to the workers that Playwright starts from this process. */
export function handDownProbeSettings(settings: ProbeSettings): void {
  // biome-ignore lint/style/noProcessEnv: Playwright's workers inherit the environment of its global setup
  Object.assign(process.env, probeSettingsEnvironment(settings))
}
