import { afterEach, describe, expect, it } from 'vitest'
import type { Standing, Watched } from '../../src/app/follow/watched.ts'
import { type ControlRun, type ProbeControl, stageAnswer, startProbeControl } from '../../src/app/probe-control.ts'
import { encodeRecord } from '../../src/evidence/codec.ts'
import type { Fact, StepTaken } from '../../src/evidence/fact.ts'
import { createControlClient } from '../../src/probe/control-client.ts'
import { unixNanos } from '../../src/shared/units.ts'
import { healthy, stage } from '../report/orders.ts'

const NOW = unixNanos(1_795_000_000_000_000_000n)
const { order, evaluation } = healthy.decision
const standing = (over: Partial<Standing['evaluation']>): Standing => ({
  order,
  evaluation: { ...evaluation, ...over },
  decidedAt: NOW,
  revision: 1,
})
const withStages = (...stages: Standing['evaluation']['journey']['stages']) => ({ ...evaluation.journey, stages })

let control: ProbeControl | undefined
afterEach(async () => {
  await control?.stop()
  control = undefined
})

const start = async (now: () => Standing) => {
  const facts: Fact[] = []
  const listeners = new Set<() => void>()
  const watched: Watched = {
    order,
    standing: now,
    facts: () => facts,
    keys: () => {
      throw new Error('not asked here')
    },
    until: (wanted, limitMs) => {
      if (wanted(now())) return Promise.resolve(true)
      if (limitMs === 0) return Promise.resolve(false)
      return new Promise((resolve) => {
        listeners.add(() => wanted(now()) && resolve(true))
      })
    },
    final: () => Promise.reject(new Error('not asked here')),
    onChange: () => () => {},
  }
  const started = await startProbeControl({
    sink: { fact: (fact) => facts.push(fact), condition: () => {}, coverage: () => {} },
    watched: (key) => (key === order.key ? watched : undefined),
    document: () => ({ a: 'document' }),
  })
  control = started
  const granted: unknown[] = []
  const run: ControlRun = {
    grant: async (request) => {
      granted.push(request)
      return { key: order.key, externalReference: order.key, run: 'run-1', until: null, stages: ['INITIATED'] }
    },
  }
  const { token, close } = started.open(run)
  const changed = () => {
    for (const listener of listeners) listener()
  }
  return {
    url: started.url,
    token,
    close,
    client: createControlClient({ url: started.url, token }),
    facts,
    granted,
    changed,
  }
}

const step: StepTaken = {
  id: 'probe:step:1',
  source: 'probe',
  kind: 'step-taken',
  at: { clock: 'monitor', earliest: NOW, latest: NOW },
  seenAt: NOW,
  keys: [{ kind: 'reference', value: order.key }],
  step: 'orders',
  by: 'customer',
  outcome: 'done',
  detail: null,
}

describe('the channel between probe and monitor', () => {
  it('grants an order to the run whose token is shown', async () => {
    const { client, granted } = await start(() => standing({}))
    const grant = await client.enterOrder({ probe: 'shop-api', flow: 'customer', until: null })
    expect(grant).toMatchObject({ key: order.key, stages: ['INITIATED'] })
    expect(granted).toEqual([{ probe: 'shop-api', flow: 'customer', until: null }])
  })

  it('answers nobody without a token, nor with that of a run that has ended', async () => {
    const { url, client, close } = await start(() => standing({}))
    for (const path of ['/orders', '/facts']) {
      expect((await fetch(new URL(path, url), { method: 'POST', body: '{}' })).status).toBe(401)
    }
    close()
    await expect(client.sendFacts([])).rejects.toThrow('it answered 401')
  })

  it('takes facts together or not at all', async () => {
    const { client, facts } = await start(() => standing({}))
    const line = encodeRecord({ type: 'fact', record: step })
    await expect(client.sendFacts([line, '{"schema":"nonsense"}'])).rejects.toThrow('it answered 400')
    expect(facts).toEqual([])
    await client.sendFacts([line])
    expect(facts).toEqual([step])
  })

  it('holds a question about a stage open until the stage is reached', async () => {
    let reached = false
    const { client, changed } = await start(() =>
      standing({
        state: 'open',
        verdict: 'passed',
        journey: withStages(stage('PRICE_CALCULATED', 'mes', reached ? 10 : null)),
      }),
    )
    const answer = client.awaitStage(order.key, 'PRICE_CALCULATED')
    reached = true
    // The question may still be on its way; whichever comes first, the answer is the same.
    changed()
    expect(await answer).toEqual({ state: 'reached', reason: null })
  })

  it('gives the verdict with its document', async () => {
    const { client } = await start(() => standing({ state: 'final', verdict: 'broken', reason: 'lost' }))
    expect(await client.awaitVerdict(order.key)).toEqual({
      state: 'final',
      verdict: 'broken',
      reason: 'lost',
      document: { a: 'document' },
    })
  })

  it('says that it does not know an order', async () => {
    const { client } = await start(() => standing({}))
    await expect(client.awaitVerdict('SYN-OTHER')).rejects.toThrow('No such order is followed.')
  })
})

describe('a stage, for somebody who works in one system', () => {
  const mirrored = (state: 'reached' | 'waiting' | 'unknown', own: number | null) =>
    withStages(stage('PRICE_CALCULATED', 'mes', own, { mirrors: [{ system: 'crm', state, at: null, witnesses: [] }] }))
  const cases: readonly (readonly [string, Partial<Standing['evaluation']>, string | undefined, string])[] = [
    [
      'is reached when the owner has it and nobody asks for a mirror',
      { state: 'open', journey: mirrored('waiting', 5) },
      undefined,
      'reached',
    ],
    [
      'is awaited while the mirror does not show it',
      { state: 'open', verdict: 'passed', journey: mirrored('waiting', 5) },
      'crm',
      'waiting',
    ],
    ['is reached when the mirror shows it', { state: 'open', journey: mirrored('reached', 5) }, 'crm', 'reached'],
    [
      'is decided by the owner when nothing witnesses the mirror',
      { state: 'open', journey: mirrored('unknown', 5) },
      'crm',
      'reached',
    ],
    [
      'will not come once the order is broken',
      { state: 'open', verdict: 'broken', journey: mirrored('waiting', null) },
      'crm',
      'stopped',
    ],
    [
      'will not come once the verdict is final',
      { state: 'final', journey: mirrored('waiting', null) },
      undefined,
      'stopped',
    ],
  ]
  it.each(cases)('%s', (_title, over, system, state) => {
    expect(stageAnswer(standing(over).evaluation, 'PRICE_CALCULATED', system).state).toBe(state)
  })
})
