import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Contract } from '../../src/contract/contract.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import type { Coverage } from '../../src/evidence/coverage.ts'
import type { Fact } from '../../src/evidence/fact.ts'
import { createSpanIntake } from '../../src/evidence/otlp/intake.ts'
import { KEEP_DEFAULTS } from '../../src/evidence/otlp/keep.ts'
import { fromEpochMs, fromMs, minus, plus, type UnixNanos } from '../../src/shared/units.ts'
import { bikeWorkshop } from './bike-workshop/contract.ts'
import { cakeBakery } from './cake-bakery/contract.ts'
import { readCapture } from './read-capture.ts'

interface Line {
  readonly receivedAt: string
  readonly body: string
}

const linesOf = (name: string): readonly Line[] =>
  readFileSync(new URL(`./${name}/traces.pb64.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

const timeOf = ({ receivedAt }: Line): UnixNanos => fromEpochMs(Date.parse(receivedAt))

/** The capture as a monitor would have received it live, and its verdict on the order of one customer when nothing more can come. */
function judge(name: string, contract: Contract, flow: string, customer: string): Evaluation {
  const lines = linesOf(name)
  const orderId = readCapture(new URL(`./${name}/traces.pb64.jsonl`, import.meta.url))
    .filter(({ attributes }) => attributes['enduser.id'] === customer)
    .map(({ attributes }) => String(attributes['order.id']))[0]
  const facts: Fact[] = []
  const coverage: Coverage[] = []
  let now = timeOf(lines[0] ?? { receivedAt: '', body: '' })
  const sink = {
    fact: (fact: Fact) => void facts.push(fact),
    condition: () => {},
    coverage: (record: Coverage) => void coverage.push(record),
  }
  const intake = createSpanIntake(sink, {
    recognise: contract.recognise,
    unclaimed: { maxBytes: 1 << 24, maxAgeMs: 3_600_000 },
    keep: KEEP_DEFAULTS,
    clock: { now: () => now },
  })
  intake.claim([{ kind: 'order', value: orderId ?? '' }])
  for (const line of lines) {
    now = timeOf(line)
    intake.takeProtobuf(Buffer.from(line.body, 'base64'))
  }
  const enteredAt = minus(timeOf(lines[0] ?? { receivedAt: '', body: '' }), fromMs(60_000))
  const placed: Fact = {
    id: 'placed',
    source: 'probe',
    kind: 'order-placed',
    orderId: orderId ?? '',
    seenAt: enteredAt,
    keys: [{ kind: 'order', value: orderId ?? '' }],
    at: { clock: 'monitor', earliest: enteredAt, latest: enteredAt },
  }
  const order = { key: 'captured', flow, probe: 'none', run: 'capture', until: null, enteredAt, placeWithinMs: 60_000 }
  return evaluate(contract, order, { facts: [placed, ...facts], conditions: [], coverage }, plus(now, fromMs(120_000)))
}

describe.each([
  { name: 'cake-bakery', contract: cakeBakery, flow: 'cake', links: ['C2', 'C3'], context: 'linked', failed: 'BAKED' },
  {
    name: 'bike-workshop',
    contract: bikeWorkshop,
    flow: Object.keys(bikeWorkshop.flows)[0] ?? '',
    links: ['B2', 'B3'],
    context: 'continuous',
    failed: 'REPAIRED',
  },
])('the journeys of $name', ({ name, contract, flow, links, context, failed }) => {
  test.each(['ann', 'bob', 'cleo', 'eve'])(
    '%s’s order passes, its queues crossed and every hop timed but the customer’s, who left no span',
    (customer) => {
      const { verdict, reason, journey } = judge(name, contract, flow, customer)
      expect({ verdict, reason }).toMatchObject({ verdict: 'passed' })
      const queues = journey.hops.filter(({ handoff }) => handoff !== null && links.includes(handoff))
      expect(queues.map(({ handoff, state, context: kept }) => ({ handoff, state, kept }))).toEqual(
        links.map((handoff) => ({ handoff, state: 'crossed', kept: context })),
      )
      expect(journey.hops.filter(({ latency }) => latency === null).map(({ from }) => from)).toEqual(['customer'])
    },
  )

  test('dan’s order broke in the work', () => {
    const { verdict, findings } = judge(name, contract, flow, 'dan')
    expect(verdict).toBe('broken')
    expect(
      findings.filter(({ severity }) => severity === 'broken').map(({ code, stage }) => ({ code, stage })),
    ).toEqual([{ code: 'processing-failed', stage: failed }])
  })
})
