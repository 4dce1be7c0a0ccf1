import { afterEach, describe, expect, it } from 'vitest'
import type { ProbeEnded } from '../../src/evidence/fact.ts'
import { MONITOR_CLOCK } from '../../src/evidence/fact.ts'
import { createControlClient } from '../../src/probe/control-client.ts'
import type { StageAnswer } from '../../src/probe/control-protocol.ts'
import { createFactSender } from '../../src/probe/fact-sender.ts'
import { unixNanos } from '../../src/shared/units.ts'
import { createStand, type Stand, type StandOptions } from './stand.ts'

const fact = (id: string): ProbeEnded => ({
  id,
  source: 'probe',
  kind: 'probe-ended',
  at: { clock: MONITOR_CLOCK, earliest: unixNanos(1n), latest: unixNanos(2n) },
  seenAt: unixNanos(2n),
  keys: [],
  outcome: 'played',
  detail: null,
})

describe('the channel of a probe to the monitor', () => {
  let stand: Stand | undefined
  const open = async (options?: StandOptions) => {
    stand = await createStand(options)
    return { stand, client: createControlClient(stand.settings.control) }
  }
  afterEach(() => stand?.close())

  it('asks again for as long as the answer is to wait', async () => {
    const answers: StageAnswer[] = [
      { state: 'waiting', reason: null },
      { state: 'waiting', reason: null },
      { state: 'stopped', reason: 'It broke.' },
    ]
    const { stand, client } = await open({ stage: () => answers.shift() ?? { state: 'reached', reason: null } })
    expect(await client.awaitStage('key', 'CLOSED', 'crm')).toEqual({ state: 'stopped', reason: 'It broke.' })
    expect(stand.asked).toHaveLength(3)
  })

  it('waits for the verdict to be final', async () => {
    const answers = [{ state: 'open' as const }]
    const { client } = await open({
      verdict: () => answers.shift() ?? { state: 'final', verdict: 'broken', reason: 'H5 broke.' },
    })
    expect(await client.awaitVerdict('key')).toEqual({ state: 'final', verdict: 'broken', reason: 'H5 broke.' })
  })

  it('says where and why the monitor could not be asked', async () => {
    const { stand } = await open()
    const stranger = createControlClient({ ...stand.settings.control, token: 'wrong' })
    await expect(stranger.awaitVerdict('key')).rejects.toMatchObject({
      code: 'probe-broken',
      place: 'GET /orders/key/verdict',
      message: 'The monitor could not be asked by the probe: it answered 401: no token.',
    })
  })

  it('hands facts over in the order they were told', async () => {
    const { stand, client } = await open()
    const sender = createFactSender(client)
    const ids = Array.from({ length: 1_200 }, (_, index) => `fact-${index}`)
    for (const id of ids) sender.tell(fact(id))
    await sender.drain()
    expect(stand.facts('probe-ended').map(({ id }) => id)).toEqual(ids)
  })

  it('tells at the next occasion when facts did not land', async () => {
    const sender = createFactSender(createControlClient({ url: 'http://127.0.0.1:1', token: 'x' }))
    sender.tell(fact('lost'))
    await expect(sender.drain()).rejects.toMatchObject({ code: 'probe-broken' })
  })
})
