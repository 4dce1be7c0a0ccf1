import { describe, expect, test } from 'vitest'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import { messageSwallowed } from '../../../src/diagnosis/rules/message-swallowed.ts'
import { statusMismatch } from '../../../src/diagnosis/rules/status-mismatch.ts'
import { type Baking, bakeCake, settingOf } from '../../support/bake-cake.ts'
import { cakeShop } from '../../support/cake-shop.ts'
import { everSaid, judgeBy } from '../../support/judge-by.ts'
import { moment, type Story } from '../../support/story.ts'

/** The desk stays at a status, whatever the kitchen tells it. */
const deskStaysAt = (statuses: readonly (readonly [string, number])[], more: Baking = {}): Baking => ({
  shown: { desk: statuses },
  requests: { '/orders/1001/give': null },
  ...more,
})
const BEHIND = deskStaysAt([
  ['PRICED', 1_600],
  ['BAKED', 3_100],
])

/** The kitchen's news of ICED goes out, and the desk takes it; `wrote` is what it sets then. */
function iceNews(story: Story, taken: boolean, wrote?: string): void {
  const message = {
    'order.id': '1001',
    'messaging.system': 'rabbitmq',
    'messaging.destination.name': 'cakes',
    'messaging.rabbitmq.destination.routing_key': 'cake.iced',
  }
  const parent = story.span({
    service: 'kitchen',
    name: 'publish',
    kind: 'producer',
    from: 4_010,
    to: 4_013,
    attributes: message,
  })
  if (!taken) return
  const consume = story.ref(parent.traceId)
  if (wrote !== undefined)
    story.span({
      service: 'desk',
      name: `set ${wrote}`,
      from: 4_020,
      to: 4_022,
      parent: consume,
      attributes: settingOf(wrote),
    })
  story.span({
    service: 'desk',
    name: 'process',
    kind: 'consumer',
    from: 4_018,
    to: 4_025,
    parent,
    remote: true,
    ref: consume,
    attributes: message,
  })
}

describe('owner and mirror disagree once the news is due', () => {
  test('where the mirror stays behind, and nobody saw the news arrive', () => {
    const story = bakeCake({ ...BEHIND, spans: false })
    expect(everSaid(statusMismatch, cakeShop, story)).toEqual(['status-mismatch C6 ICED'])
    expect(judgeBy(statusMismatch, cakeShop, story, 8_500).findings).toEqual([])
  })
  test('where the mirror took the news for another', () => {
    const story = bakeCake(BEHIND)
    iceNews(story, true, 'BAKED')
    expect(everSaid(statusMismatch, cakeShop, story)).toEqual(['status-mismatch C6 ICED'])
    const [found] = judgeBy(statusMismatch, cakeShop, story, 20_000).findings
    expect(found?.finding.message).toContain('took it and wrote another status')
  })
  test('which is awaited where only one of them has been asked since: the news was not swallowed, nor is the stage just late', () => {
    const story = bakeCake(BEHIND)
    iceNews(story, true, 'BAKED')
    const due = 8_100
    const { evidence, now } = story.known(due + 2_000)
    const facts = evidence.facts.filter(
      (fact) => !(fact.kind === 'status-answered' && fact.system === 'kitchen' && fact.seenAt > moment(due - 1_000)),
    )
    const { state, findings } = evaluate(cakeShop, story.order, { ...evidence, facts }, now)
    expect([state, findings.filter(({ severity }) => severity === 'broken')]).toEqual(['open', []])
    expect(everSaid(messageSwallowed, cakeShop, story)).toEqual([])
  })
  test('where the mirror shows a status the contract does not have', () => {
    const story = bakeCake({
      ...BEHIND,
      finds: (system, _source, ms) => (system === 'desk' && ms > 4_100 ? { status: 'READY' } : undefined),
    })
    iceNews(story, true)
    expect(everSaid(statusMismatch, cakeShop, story)).toEqual(['status-mismatch C6 ICED'])
  })
  test('where the mirror is ahead of its owner', () => {
    const story = bakeCake({
      spans: false,
      shown: {
        kitchen: [
          ['PRICED', 1_500],
          ['BAKED', 3_000],
        ],
        desk: [
          ['PRICED', 1_600],
          ['BAKED', 3_100],
          ['ICED', 4_100],
        ],
      },
      requests: { '/orders/1001/ice': null, '/orders/1001/give': null },
    })
    expect(everSaid(statusMismatch, cakeShop, story)).toEqual(['status-mismatch C6 ICED'])
  })
  test('and that explains the stage that is missed there', () => {
    const story = bakeCake({ ...BEHIND, spans: false })
    const { evidence, now } = story.known(29_000)
    const breaks = evaluate(cakeShop, story.order, evidence, now).findings.filter(
      ({ severity }) => severity === 'broken',
    )
    expect(breaks.map(({ code, handoff }) => `${code} ${handoff}`)).toEqual(['status-mismatch C6'])
  })
})

describe('no disagreement is', () => {
  test('news that arrived and was dropped: its message is to blame', () => {
    const story = bakeCake(BEHIND)
    iceNews(story, true)
    expect(everSaid(statusMismatch, cakeShop, story)).toEqual([])
  })
  test('news that the order itself waits for', () => {
    const story = bakeCake({
      spans: false,
      shown: { kitchen: [['PRICED', 1_500]], desk: [['PHOTO', 300]] },
      requests: { '/orders/1001/bake': null, '/orders/1001/ice': null, '/orders/1001/give': null },
    })
    expect(everSaid(statusMismatch, cakeShop, story)).toEqual([])
  })
  test('a mirror that knows no such order, or cannot be read', () => {
    expect(everSaid(statusMismatch, cakeShop, bakeCake({ ...deskStaysAt([]), spans: false }))).toEqual([])
    const unread = bakeCake({ ...BEHIND, spans: false, sources: [] })
    expect(everSaid(statusMismatch, cakeShop, unread)).toEqual([])
  })
  test('news that comes within its time, however late', () => {
    const story = bakeCake({
      spans: false,
      shown: {
        desk: [
          ['PRICED', 1_600],
          ['BAKED', 7_500],
          ['ICED', 8_700],
          ['GIVEN', 9_500],
        ],
      },
    })
    expect(everSaid(statusMismatch, cakeShop, story, 29_000, 500)).toEqual([])
  })
  test('a mirror ahead for the time an owner’s copy may be behind', () => {
    const story = bakeCake({
      spans: false,
      shown: {
        kitchen: [
          ['PRICED', 1_500],
          ['BAKED', 3_000],
          ['ICED', 6_000],
        ],
      },
    })
    expect(everSaid(statusMismatch, cakeShop, story, 29_000, 500)).toEqual([])
  })
})
