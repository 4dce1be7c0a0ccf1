import { expect, test } from 'vitest'
import { asWatched } from '../../src/app/as-watched.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import type { Settings } from '../../src/config/settings.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { at, createWorld } from '../support/world.ts'

const contract = jewelryToldBriefly('fast')

const settings = (otlp: boolean): Settings =>
  resolveSettings({}, readEnvironment({}), {
    file: '/shop/waybill.config.ts',
    folder: '/shop',
    config: { system: 'sandbox', sources: otlp ? {} : { otlp: false } },
  })

test('where telemetry is received the contract is watched as it is written', () => {
  expect(asWatched(contract, settings(true))).toBe(contract)
})

test('where none is received no system is taken for instrumented, and nothing else is otherwise', () => {
  const watched = asWatched(contract, settings(false))
  expect(Object.keys(watched.systems)).toEqual(Object.keys(contract.systems))
  for (const [name, spec] of Object.entries(watched.systems))
    expect(spec).toEqual({ ...contract.systems[name], instrumented: false })
  expect({ ...watched, systems: contract.systems }).toEqual(contract)
})

test('an order followed without telemetry passes, and nobody is missed for telling none', () => {
  const { evidence, order, endsAtMs } = createWorld({ seed: 2, spans: false, history: true })
  const { verdict, findings } = evaluate(asWatched(contract, settings(false)), order, evidence, at(endsAtMs))
  expect(findings).toEqual([])
  expect(verdict).toBe('passed')
})
