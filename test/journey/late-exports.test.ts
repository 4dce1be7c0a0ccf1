import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evidence } from '../../src/evidence/evidence.ts'
import { assemble } from '../../src/journey/assemble.ts'
import { vouchForSpans } from '../../src/journey/vouch.ts'
import { orderFlyers } from '../support/print-flyers.ts'
import { printShop } from '../support/print-shop.ts'
import { moment, type Story, type StoryOptions, tellStory } from '../support/story.ts'

const END = 90_000

const isPress = (instance: string): boolean => instance.startsWith('press')

const ID = { 'order.id': '1001' }

/** The flyers are printed at five seconds; half a second later the press tells the front, whose consumer is down. */
function tellPrinting(options: Omit<StoryOptions, 'flow'>): Story {
  const story = tellStory({ flow: 'flyer', ...options })
  const printing = story.span({
    service: 'press',
    name: 'press.flyers process',
    kind: 'consumer',
    from: 120,
    to: 4_995,
    parent: orderFlyers(story),
    remote: true,
    attributes: {
      ...ID,
      'messaging.system': 'rabbitmq',
      'messaging.destination.name': 'flyers',
      'messaging.rabbitmq.destination.routing_key': 'flyer.ordered',
    },
  })
  story.span({
    service: 'press',
    name: 'set PRINTED',
    from: 4_980,
    to: 4_990,
    parent: printing,
    attributes: { ...ID, 'order.status': 'PRINTED' },
  })
  story.span({
    service: 'press',
    name: 'publish flyer.printed',
    kind: 'producer',
    from: 5_500,
    to: 5_503,
    parent: printing,
    attributes: {
      ...ID,
      'messaging.system': 'rabbitmq',
      'messaging.destination.name': 'flyers',
      'messaging.rabbitmq.destination.routing_key': 'flyer.printed',
    },
  })
  story.ask('front', {
    from: 10,
    to: 30_000,
    everyMs: 110,
    service: 'front',
    says: (ms) => (ms > 100 ? 'ORDERED' : null),
  })
  story.ask('press', {
    from: 10,
    to: 30_000,
    everyMs: 110,
    service: 'press',
    says: (ms) => (ms > 4_990 ? 'PRINTED' : null),
  })
  return story
}

/** Without the request that holds a span, as if it had been lost on its way. */
function loseRequestOf({ facts, conditions, coverage }: Evidence, name: string): Evidence {
  const held = facts.find((fact) => fact.kind === 'span-ended' && fact.span.name === name)
  const lost = held?.kind === 'span-ended' ? held.batch : null
  if (lost === null) throw new Error(`No request holds ${name}.`)
  return {
    facts: facts.filter((fact) => fact.kind !== 'span-ended' || fact.batch !== lost),
    conditions,
    coverage: coverage.filter(({ id }) => id !== lost),
  }
}
const LATE = [0, 3_000, 30_000]
const SKEWED = [0, 7_000, -90_000]
const CASES = LATE.flatMap((lateMs) => SKEWED.map((skewMs) => ({ lateMs, skewMs })))

describe.each(CASES)('exports $lateMs ms late of a clock $skewMs ms ahead', ({ lateMs, skewMs }) => {
  const story = tellPrinting({
    delayMs: (_service, ms) => lateMs + (ms % 7),
    clock: (instance) => (isPress(instance) ? skewMs : 0),
  })
  const whole = story.known(END)

  test('a lost request leaves a hole, and what it held is not called unsaid', () => {
    const evidence = loseRequestOf(whole.evidence, 'publish flyer.printed')
    const { view } = assemble(printShop, story.order, evidence)
    expect(vouchForSpans(view, 'press', moment(4_900), moment(10_000))).toMatchObject({ vouched: false })
    const { findings } = evaluate(printShop, story.order, evidence, whole.now)
    expect(findings.map(({ code }) => code)).toContain('stage-overdue')
    expect(findings.filter(({ code }) => code === 'message-not-published' || code === 'span-missing')).toEqual([])
  })

  test('where nothing was lost all is vouched for', () => {
    const { view } = assemble(printShop, story.order, whole.evidence)
    expect(vouchForSpans(view, 'press', moment(4_900), moment(10_000))).toEqual({ vouched: true })
  })
})

/** What the press exported: first and last end of a span, and arrival, in milliseconds. */
type Request = readonly [from: number, to: number, seenAt: number]

/** Whether all of the second from the second on is vouched for by such requests. */
function vouched(requests: readonly Request[]): boolean {
  const story = tellPrinting({})
  const { evidence } = story.known(END)
  const known = evidence.coverage.find(({ service }) => service === 'press')
  if (known === undefined) throw new Error('The press exports its spans.')
  const coverage = requests.map(([from, to, seenAt], n) => ({
    ...known,
    id: `request ${n}`,
    from: moment(from),
    to: moment(to),
    seenAt: moment(seenAt),
  }))
  const { view } = assemble(printShop, story.order, { ...evidence, coverage })
  return vouchForSpans(view, 'press', moment(1_000), moment(2_000)).vouched
}

/** A span ends every two milliseconds; each request takes those of 200 ms, and arrives so much later. */
const requests = (lateMs: (n: number) => number): readonly Request[] =>
  Array.from({ length: 20 }, (_, n) => [n * 202, n * 202 + 200, n * 202 + 200 + lateMs(n)])

/** The same, each sent as four requests at once. */
const split = (lateMs: number): readonly Request[] =>
  requests(() => lateMs).flatMap(([from, , seenAt]) =>
    [0, 62, 124, 186].map((ms): Request => [from + ms, from + Math.min(ms + 60, 200), seenAt]),
  )

describe('a second is vouched for', () => {
  test.each([
    { how: 'in requests that arrive at once', of: requests(() => 2) },
    { how: 'in requests up to three seconds late', of: requests((n) => (n * 1_237) % 3_000) },
    { how: 'in requests of which a few waited for a busy machine', of: requests((n) => (n % 3 === 0 ? 2 : 80)) },
    { how: 'in batches sent as several requests', of: split(2) },
    { how: 'in batches sent as several requests, three seconds late', of: split(3_000) },
    { how: 'in requests each sent twice', of: requests(() => 2).flatMap((one) => [one, one]) },
  ])('$how, until one of them is lost', ({ of }) => {
    expect(vouched(of)).toBe(true)
    const midst = of.findIndex(([from]) => from > 1_300)
    const isSame = ([from]: Request): boolean => from === of[midst]?.[0]
    expect(vouched(of.filter((one) => !isSame(one)))).toBe(false)
  })

  test('in no case by spans too rare to tell how long they were collected', () => {
    const rare = (lateMs: number) =>
      Array.from({ length: 8 }, (_, n): Request => [n * 500, n * 500, n * 500 + 200 + lateMs])
    expect([vouched(rare(2)), vouched(rare(3_000))]).toEqual([false, false])
  })
})
