import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listProbes } from '../../src/probe/probe-files.ts'
import { readProbeSettings } from '../../src/probe/settings.ts'
import { asWaybillError } from '../../src/shared/errors.ts'

describe('the probes of a folder', () => {
  it('are named after their files', async () => {
    const folder = join(import.meta.dirname, '..', '..', 'probes')
    expect(await listProbes(folder)).toEqual(
      ['partner-api', 'shop-api', 'shop-web'].map((name) => ({ name, file: join(folder, `${name}.probe.ts`) })),
    )
  })

  it('are missed in one sentence when there is no such folder', async () => {
    await expect(listProbes('/no/such/folder')).rejects.toMatchObject({
      code: 'bad-configuration',
      place: '/no/such/folder',
    })
  })
})

describe("a worker's settings", () => {
  const minimal = {
    control: { url: 'http://127.0.0.1:9', token: 'secret' },
    run: 'r',
    targets: { shop: 'http://127.0.0.1:8' },
    otlp: null,
    browser: null,
  }

  it('come from the environment with their defaults', () => {
    expect(readProbeSettings({ WAYBILL_PROBE_SETTINGS: JSON.stringify(minimal) })).toMatchObject({
      ...minimal,
      until: null,
      awaitVerdict: false,
      marks: { header: 'X-Synthetic-Order', customerPrefix: 'synthetic-', storagePrefix: 'synthetic/' },
    })
  })

  it.each([
    { what: 'absent', environment: {}, message: 'The probe was started without its settings.' },
    { what: 'no JSON', environment: { WAYBILL_PROBE_SETTINGS: '{' }, message: 'The settings of the probe are wrong.' },
    {
      what: 'incomplete',
      environment: { WAYBILL_PROBE_SETTINGS: JSON.stringify({ ...minimal, run: undefined }) },
      message: 'The settings of the probe are wrong.',
    },
  ])('that are $what are refused in a sentence that keeps the token', ({ environment, message }) => {
    const told = (() => {
      try {
        return readProbeSettings(environment)
      } catch (error) {
        return asWaybillError(error).sentence()
      }
    })()
    expect(told).toContain(message)
    expect(told).not.toContain('secret')
  })
})
