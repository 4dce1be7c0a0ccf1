import { describe, expect, test } from 'vitest'
import type { Contract } from '../../src/contract/contract.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import { assemble } from '../../src/journey/assemble.ts'
import { vouchForSpans } from '../../src/journey/vouch.ts'
import { handOut, orderFlyers, printFlyers } from '../support/print-flyers.ts'
import { printShop } from '../support/print-shop.ts'
import { moment, tellStory } from '../support/story.ts'

const contract: Contract = {
  ...printShop,
  stages: { ...printShop.stages, PRINTED: { owner: 'press', by: 'machine', within: '2 h' } },
}
const isPress = (instance: string): boolean => instance.startsWith('press')

/** What each clock shows more than the true time, in milliseconds, in an order that takes `long`. */
const CLOCKS: readonly { how: string; clock: (instance: string, ms: number, long: number) => number }[] = [
  { how: 'right', clock: () => 0 },
  { how: 'ninety seconds behind', clock: (i) => (isPress(i) ? -90_000 : 0) },
  { how: 'two minutes ahead', clock: (i) => (isPress(i) ? 120_000 : 0) },
  { how: 'fifty milliseconds behind', clock: (i) => (isPress(i) ? -50 : 0) },
  { how: 'drifting by 80 ppm', clock: (i, ms) => (isPress(i) ? ms * 80e-6 : 0) },
  {
    how: 'set forward by seven seconds in mid-order',
    clock: (i, ms, long) => (isPress(i) && ms > long / 2 ? 7_000 : 0),
  },
  {
    how: 'set back by ninety seconds in mid-order',
    clock: (i, ms, long) => (isPress(i) && ms > long / 2 ? -90_000 : 0),
  },
  {
    how: 'set back by fifty milliseconds in mid-order',
    clock: (i, ms, long) => (isPress(i) && ms > long / 2 ? -50 : 0),
  },
  {
    how: 'set back, then forward',
    clock: (i, ms, long) => (isPress(i) ? (ms > long * 0.7 ? 3_000 : ms > long / 3 ? -2_000 : 0) : 0),
  },
  { how: 'set forward by a second at the front', clock: (i, ms, long) => (!isPress(i) && ms > long / 2 ? 1_000 : 0) },
]

describe.each([
  { span: 'twenty seconds', long: 20_000 },
  { span: 'fifty minutes', long: 3_000_000 },
])('in an order of $span, with a clock', ({ long }) => {
  test.each(CLOCKS)('$how, every latency is true within a ± of at most 20 ms, and the order passes', ({ clock }) => {
    const story = tellStory({ flow: 'flyer', clock: (instance, ms) => clock(instance, ms, long) })
    handOut(story, printFlyers(story, orderFlyers(story), 120, long), long + 50)
    const asked = { from: 10, to: long + 20_000, everyMs: long / 60 }
    story.ask('front', {
      ...asked,
      service: 'front',
      says: (ms) => (ms > long + 60 ? 'READY' : ms > 100 ? 'ORDERED' : null),
    })
    story.ask('press', { ...asked, service: 'press', says: (ms) => (ms > long - 10 ? 'PRINTED' : null) })
    for (const ms of [long * 0.4, long * 0.8, long + 25_000]) {
      const { evidence, now } = story.known(ms)
      const { findings, reason, journey, ...told } = evaluate(contract, story.order, evidence, now)
      // A clock that is off degrades an order, and nothing else here does.
      const verdict =
        told.verdict === 'degraded' && findings.every(({ code }) => code === 'clock-skewed') ? 'passed' : told.verdict
      expect(ms > long ? ['passed'] : ['inconclusive', 'passed'], reason).toContain(verdict)
      for (const [id, truth] of [
        ['F1', 10],
        ['F2', 10],
        ['F3', 58],
      ] as const) {
        const hop = journey.hops.find((one) => one.id === id)
        if (hop?.latency == null || hop.plusMinus === null) continue
        expect(Math.abs(Number(hop.latency) / 1e6 - truth), `${id} at ${ms} ms`).toBeLessThanOrEqual(
          Number(hop.plusMinus) / 1e6,
        )
        expect(Number(hop.plusMinus) / 1e6, id).toBeLessThan(20)
      }
    }
  })
})

test('spans of before the order was entered, or with impossible times, widen no latency', () => {
  const story = tellStory({ flow: 'flyer' })
  handOut(story, printFlyers(story, orderFlyers(story), 120, 5_000), 5_010)
  const asked = { from: 10, to: 20_000, everyMs: 100, says: () => 'READY' }
  story.ask('front', { ...asked, service: 'front' })
  story.ask('press', { ...asked, service: 'press' })
  for (const ms of [-20_000, -1.7e12, 5e12])
    for (const service of ['front', 'press']) story.span({ service, name: 'odd', from: ms, to: ms + 5 })
  const { evidence, now } = story.known(6e12)
  const { journey } = evaluate(contract, story.order, evidence, now)
  const queue = journey.hops.find(({ id }) => id === 'F2')
  expect(Math.abs(Number(queue?.latency) / 1e6 - 10)).toBeLessThanOrEqual(Number(queue?.plusMinus) / 1e6)
  expect(Number(queue?.plusMinus) / 1e6).toBeLessThan(10)
})

test('an export in the midst of which the clock was set back vouches for nothing that came after', () => {
  const behind = 90_000
  const story = tellStory({ flow: 'flyer', clock: (instance) => (isPress(instance) ? -behind : 0) })
  handOut(story, printFlyers(story, orderFlyers(story), 120, 20_000), 20_050)
  story.ask('press', { from: 10, to: 30_000, everyMs: 500, service: 'press', says: () => 'PRINTED' })
  const { evidence } = story.known(31_000)
  const isOfPress = ({ service }: { readonly service: string }): boolean => service === 'press'
  const [known] = evidence.coverage.filter(isOfPress)
  if (known === undefined) throw new Error('The press exports its spans.')
  const others = evidence.coverage.filter((record) => !isOfPress(record))
  const vouchesWith = (to: number): boolean => {
    const record = { ...known, from: moment(5_000 - behind), to: moment(to), seenAt: moment(8_200), spans: 9 }
    const { view } = assemble(contract, story.order, { ...evidence, coverage: [...others, record] })
    return vouchForSpans(view, 'press', moment(6_000), moment(7_000)).vouched
  }
  expect(vouchesWith(8_000 - behind)).toBe(true)
  // Its first spans were told by the clock of before.
  expect(vouchesWith(8_100)).toBe(false)
})

test('an export in the midst of which the clock was set forward does not vouch for the time that was skipped', () => {
  const story = tellStory({ flow: 'flyer' })
  handOut(story, printFlyers(story, orderFlyers(story), 120, 20_000), 20_050)
  story.ask('press', { from: 8_200, to: 30_000, everyMs: 110, service: 'press', says: () => 'PRINTED' })
  const { evidence } = story.known(31_000)
  const [known] = evidence.coverage.filter(({ service }) => service === 'press')
  if (known === undefined) throw new Error('The press exports its spans.')
  /** Three requests, the last of which holds spans of 7.9 to 8.1 s, the first of these by a clock that much behind. */
  const vouchesWith = (behind: number, from: number): boolean => {
    const requests = [
      { from: 7_480 - behind, to: 7_670 - behind, seenAt: 7_680 },
      { from: 7_690 - behind, to: 7_880 - behind, seenAt: 7_890 },
      { from: 7_900 - behind, to: 8_100, seenAt: 8_110 },
    ].map((ms, n) => ({ ...known, id: `${n}`, from: moment(ms.from), to: moment(ms.to), seenAt: moment(ms.seenAt) }))
    const coverage = [...evidence.coverage, ...requests]
    const { view } = assemble(contract, story.order, { ...evidence, coverage })
    return vouchForSpans(view, 'press', moment(from), moment(from + 100)).vouched
  }
  expect(vouchesWith(0, 7_950)).toBe(true)
  expect(vouchesWith(7_000, 3_000)).toBe(false)
  expect(vouchesWith(90_000, 3_000)).toBe(false)
})
