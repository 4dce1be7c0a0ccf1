import { expect, test } from 'vitest'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import type { Coverage } from '../../../src/evidence/coverage.ts'
import type { Fact, MessageFact } from '../../../src/evidence/fact.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { playPartnerOrder } from '../../support/partner-order.ts'
import { moment } from '../../support/story.ts'

const contract = jewelryToldBriefly('fast')

const signs = (ms: number) => ({
  id: `rabbitmq:${ms}`,
  source: 'rabbitmq' as const,
  at: { clock: 'monitor', earliest: moment(ms - 1), latest: moment(ms) },
  seenAt: moment(ms),
  keys: [{ kind: 'order' as const, value: '1001' }],
  messageId: 'announcement',
  correlationId: null,
  context: null,
  marked: null,
})
const announced = (queues: readonly string[]): MessageFact => ({
  ...signs(72),
  deaths: [],
  kind: 'message-published',
  exchange: 'manufacturing',
  routingKey: 'partner.order.created',
  queues,
})
const rejected: MessageFact = {
  ...signs(600),
  kind: 'message-dead-lettered',
  exchange: 'retries',
  routingKey: 'crm.partner-orders.third',
  queues: ['orders.dead'],
  deaths: [
    {
      reason: 'rejected',
      queue: 'crm.partner-orders',
      exchange: 'manufacturing',
      routingKeys: ['partner.order.created'],
      count: 3,
    },
  ],
}
const tapped: readonly Coverage[] = Array.from({ length: 100 }, (_, i) => ({
  id: `tap:${i}`,
  source: 'rabbitmq',
  service: '/',
  instance: 'firehose',
  from: moment(i * 200),
  to: moment(i * 200 + 200),
  seenAt: moment(i * 200 + 600),
  spans: 1,
  dropped: 0,
}))

function breaksAt(
  ms: number,
  breakAt: string,
  told: readonly Fact[],
  change: (fact: Fact) => Fact | readonly Fact[] = (fact) => fact,
) {
  const story = playPartnerOrder(breakAt)
  const { evidence, now } = story.known(ms)
  const isKnown = ({ seenAt }: { readonly seenAt: bigint }): boolean => seenAt <= now
  const whole = {
    ...evidence,
    facts: [...evidence.facts.flatMap(change), ...told.filter(isKnown)],
    coverage: [...evidence.coverage, ...tapped.filter(isKnown)],
  }
  return evaluate(contract, story.order, whole, now)
    .findings.filter(({ severity }) => severity === 'broken')
    .map(({ code, handoff, stage }) => [code, handoff, stage])
}

test('news of a partner’s order that the broker has no queue for is told at once, while the order itself goes on', () => {
  expect(breaksAt(1_000, 'P2 lost', [announced([])])).toEqual([['message-unroutable', 'P2', 'SUBMITTED']])
})

test('news of a partner’s order that was rejected for good is told at once', () => {
  const told = [announced(['crm.partner-orders']), rejected]
  expect(breaksAt(1_000, 'P2 lost', told)).toEqual([['message-dead-lettered', 'P2', 'SUBMITTED']])
})

test('news of a partner’s order that never entered the broker is told by the tap where the sender’s spans cannot', () => {
  expect(breaksAt(15_000, 'P2 not published', [])).toEqual([['message-not-published', 'P2', 'SUBMITTED']])
})

test('news of a partner’s order that came breaks nothing', () => {
  expect(breaksAt(15_000, 'none', [announced(['crm.partner-orders'])])).toEqual([])
})

test('news that is rejected for want of earlier news is its symptom, however much sooner it shows', () => {
  const price: MessageFact = {
    ...signs(1_800),
    messageId: 'price',
    kind: 'message-dead-lettered',
    exchange: 'retries',
    routingKey: 'crm.statuses.third',
    queues: ['orders.dead'],
    deaths: [
      {
        reason: 'rejected',
        queue: 'crm.statuses',
        exchange: 'manufacturing',
        routingKeys: ['order.status.price_calculated'],
        count: 3,
      },
    ],
  }
  const neverAnnounced = (fact: Fact): Fact | readonly Fact[] => {
    if (fact.kind === 'status-answered' && fact.system !== 'mes') return { ...fact, status: null }
    if (fact.kind !== 'span-ended') return fact
    const { attributes, service, name } = fact.span
    const isOfP2 = attributes['messaging.rabbitmq.routing_key'] === 'partner.order.created'
    return isOfP2 || (service === 'crm-api' && name === 'set SUBMITTED') ? [] : fact
  }
  expect(breaksAt(4_000, 'H7 lost', [price])).toEqual([['message-dead-lettered', 'H7', 'PRICE_CALCULATED']])
  expect(breaksAt(4_000, 'H7 lost', [price], neverAnnounced)).toEqual([])
  expect(breaksAt(12_000, 'H7 lost', [price], neverAnnounced)).toEqual([['message-not-published', 'P2', 'SUBMITTED']])
  const notAsked = (fact: Fact): Fact | readonly Fact[] =>
    fact.kind === 'status-answered' || (fact.kind === 'span-ended' && fact.span.service === 'crm-api')
      ? []
      : neverAnnounced(fact)
  expect(breaksAt(12_000, 'H7 lost', [price], notAsked)).toEqual([])
  expect(breaksAt(40_000, 'H7 lost', [price], notAsked)).toEqual([])
})
