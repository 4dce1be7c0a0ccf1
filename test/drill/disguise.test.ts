import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import usual from '../../probes/waybill.config.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import type { ConfigFile } from '../../src/config/schema.ts'
import { disguised } from '../../src/drill/disguise/contract.ts'
import disguisedConfig from '../../src/drill/disguise/waybill.config.ts'
import { DISGUISED } from '../../src/sandbox/names/disguised.ts'
import { differences, type Places } from '../support/same-but-for-names.ts'

describe('the contract of the disguised order system', () => {
  const places: Places = {
    named:
      /^\.(systems|stages|handoffs|flows|rows|views|flows\.\*\.stages|handoffs\.\*\.(route|key)|recognise\.span\.reached)$/,
    words: /\.(kind|operation|context|by|within|warn|settle|placing|text|result)$|^\.content\./,
    shared: {
      system:
        /^\.(systems|rows)$|^\.(flows\.\*\.)?stages\.\*\.(owner|mirrors\.\*)$|\.(from|to|bornIn|database|system)$/,
      stage: /^\.(flows\.\*\.)?stages$|\.(stage|status|shows|until|carries\.\*|route|key)$/,
      handoff: /^\.handoffs$|\.handoff$/,
      queue: /\.(queue|retry\.\*|terminal\.\*)$/,
    },
  }

  it('is the usual one in all but names', () => {
    expect(differences(jewelry('fast'), disguised(), places)).toEqual([])
  })
})

describe('the configuration of the disguised order system', () => {
  const settings = (config: ConfigFile) => {
    const {
      file: _,
      probesFolder: __,
      sandbox,
      ...all
    } = resolveSettings({}, readEnvironment({}), {
      file: '/waybill.config.ts',
      folder: '/',
      config,
    })
    return { ...all, systems: sandbox.systems }
  }
  const places: Places = {
    named: /^\.(statusApi\.(systems|clocks)|marks\.baggage|acts\.[^.]+\.(headers|body.*))$/,
    words: /\.(method|mode|speed|logLevel|userAgent)$|^\.system$|\.marks\.baggage\.\*$/,
    shared: {
      system: /^\.statusApi\.(systems|clocks)$|^\.systems\.[^.]+$|\.(system|in)$/,
      stage: /\.(makes|stage)$/,
      field: /\.(id|reference)$/,
    },
  }

  it('watches in the same ways, as often and as closely, in all but names', () => {
    expect(differences(settings(usual), settings(disguisedConfig), places)).toEqual([])
  })

  it('reads from answers the fields the system gives under its other names', () => {
    const fields: Readonly<Record<string, string>> = DISGUISED.fields
    const said = (text: string) => text.replaceAll(/[a-zA-Z]+/g, (word) => fields[word] ?? word)
    const one = settings(usual).statusApi?.systems.shop
    const other = settings(disguisedConfig).statusApi?.systems.counter
    for (const name of ['status', 'history', 'reference'] as const) expect(other?.[name]).toBe(said(one?.[name] ?? ''))
  })
})
