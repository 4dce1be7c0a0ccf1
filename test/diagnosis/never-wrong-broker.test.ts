import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Condition } from '../../src/evidence/condition.ts'
import type { Coverage } from '../../src/evidence/coverage.ts'
import type { Fact, MessageFact } from '../../src/evidence/fact.ts'
import { followWorld } from '../support/follow-world.ts'
import { isWrong } from '../support/is-wrong.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { at, createRandom, createWorld, type MessageTrouble, type Trouble, type World } from '../support/world.ts'

const contract = jewelryToldBriefly('fast')

const MISHAPS: readonly MessageTrouble[] = [
  'rejected for good',
  'unroutable',
  'wrong key',
  'purged',
  'expired unread',
  'swallowed',
  'no consumer',
  'stuck consumer',
  'requeued for ever',
  'never settled',
  'applied twice',
]
const HEALTHY: readonly Trouble[] = [
  'none',
  'work throws once',
  'rejected, then taken',
  'redelivered once',
  'published twice, handled once',
  'consumer away shortly',
  'queue full of others',
]
const OTHER_BREAKS: readonly Trouble[] = [
  'create fails',
  'submit forgets',
  'reader stops',
  'taken, not published',
  'receiver down',
  'work throws',
  'work hangs',
  'result not stored',
  'price news lost',
  'approval not stored',
  'operator forgets',
]

interface Cut {
  readonly name: string
  readonly fact?: (fact: Fact) => boolean
  readonly coverage?: (coverage: Coverage) => boolean
  readonly condition?: (condition: Condition) => boolean
}

const isMessage = (fact: Fact): fact is MessageFact => fact.source === 'rabbitmq'

/** What passed in a stretch is unknown, and nobody vouches for the stretch. */
function holeFrom(name: string, from: bigint, to: bigint): Cut {
  return {
    name,
    fact: (fact) => !isMessage(fact) || fact.at.latest < from || fact.at.earliest > to,
    coverage: (record) => record.source !== 'rabbitmq' || record.to < from || record.from > to,
  }
}

const withoutBrokerAndMes: Cut = {
  name: 'the broker and the spans of MES',
  fact: (fact) => !isMessage(fact) && (fact.kind !== 'span-ended' || fact.span.service !== 'mes-api'),
  coverage: ({ source, service }) => source !== 'rabbitmq' && service !== 'mes-api',
  condition: ({ source }) => source !== 'rabbitmq',
}

function cutsOf({ evidence }: World, random: () => number, trouble: Trouble): readonly Cut[] {
  const messages = evidence.facts.filter(isMessage)
  const picked = Array.from({ length: 4 }, () => messages[Math.floor(random() * messages.length)])
  const begin = at(0)
  const some = BigInt(Math.floor(random() * 6_000)) * 1_000_000n
  return [
    ...(['rabbitmq', 'otlp', 'status-api', 'probe'] as const).map((source) => ({
      name: `source ${source}`,
      fact: (fact: Fact) => fact.source !== source,
      coverage: (record: Coverage) => record.source !== source,
      condition: (condition: Condition) => condition.source !== source,
    })),
    {
      name: 'the firehose',
      fact: ({ kind }) => kind !== 'message-published' && kind !== 'message-delivered',
      coverage: ({ instance }) => instance !== 'firehose',
    },
    {
      name: 'the dead letters',
      fact: ({ kind }) => kind !== 'message-dead-lettered',
      coverage: ({ instance }) => instance !== 'dead-letters',
    },
    { name: 'totals and setups', condition: ({ source }) => source !== 'rabbitmq' },
    { name: 'totals', condition: ({ kind }) => kind !== 'queue-state' },
    { name: 'setups', condition: ({ kind }) => kind !== 'queue-setup' },
    {
      name: 'totals of unacknowledged messages',
      condition: (condition) => condition.kind !== 'queue-state' || condition.unacknowledged === null,
    },
    {
      name: 'totals asked for at once',
      condition: (condition) => condition.kind !== 'queue-state' || condition.unacknowledged !== null,
    },
    { name: 'what the tap vouches for', coverage: ({ source }) => source !== 'rabbitmq' },
    // That something was done twice and harmed nothing that shows, only the broker or the receiver itself can tell.
    ...(trouble === 'applied twice' ? [] : [withoutBrokerAndMes]),
    holeFrom('the tap for a second', begin + some, begin + some + 1_000_000_000n),
    holeFrom('the tap until half a second after the start', begin, begin + 500_000_000n),
    ...picked.flatMap((gone): readonly Cut[] =>
      gone === undefined ? [] : [holeFrom(`${gone.kind} ${gone.id}`, gone.at.earliest, gone.at.latest)],
    ),
  ]
}

/** Says less of the same break: that it stopped there, that its news never came, or, of a message under a wrong key, that there was none under the right one. */
const isLess = (code: string, cutCode: string): boolean =>
  cutCode === 'stage-overdue' ||
  cutCode === 'status-skipped' ||
  (code === 'message-unroutable' && cutCode === 'message-not-published')

const isBreak = ({ severity }: { readonly severity: string }): boolean => severity === 'broken'

/** Every way the answer to a world becomes wrong when something is taken away. */
function wrongWays(
  world: World,
  name: string,
  trouble: Trouble,
  random: () => number,
  isBroken: boolean,
): readonly string[] {
  const full = followWorld(contract, world, 1_000)
  const wrong: string[] = []
  if ((full.verdict === 'broken') !== isBroken) wrong.push(`${name}: ${full.verdict}: ${full.reason}`)
  for (const cut of cutsOf(world, random, trouble)) {
    const always = () => true
    const evidence = {
      facts: world.evidence.facts.filter(cut.fact ?? always),
      conditions: world.evidence.conditions.filter(cut.condition ?? always),
      coverage: world.evidence.coverage.filter(cut.coverage ?? always),
    }
    const evaluation = evaluate(contract, world.order, evidence, at(world.endsAtMs))
    const [code, cutCode] = [full, evaluation].map(({ findings }) => findings.find(isBreak)?.code)
    const isOther = code?.startsWith('message-') && cutCode !== undefined && cutCode !== code && !isLess(code, cutCode)
    if (isWrong(full, evaluation) || isOther)
      wrong.push(
        `${name} without ${cut.name}: ${code}: ${full.reason} became ${evaluation.verdict}: ${cutCode}: ${evaluation.reason}`,
      )
  }
  return wrong
}

describe('with any part of the broker’s word taken away, or any other witness beside it, no verdict becomes wrong', () => {
  const ways = [
    ...MISHAPS.flatMap((trouble) => ['H5', 'H7', 'H9', 'H11/PACKAGING'].map((link) => ({ trouble, link }))),
    ...HEALTHY.flatMap((trouble) => ['H5', 'H11/PACKAGING'].map((link) => ({ trouble, link }))),
    ...OTHER_BREAKS.map((trouble) => ({ trouble, link: 'H5' })),
  ]
  test.each(ways)('$trouble at $link', { timeout: 120_000 }, ({ trouble, link }) => {
    const random = createRandom(ways.findIndex((way) => way.trouble === trouble && way.link === link) + 3)
    const world = createWorld({ seed: 17, trouble, at: link, broker: true, history: link !== 'H5' })
    const isBroken = !HEALTHY.includes(trouble)
    expect(wrongWays(world, `${trouble} at ${link}`, trouble, random, isBroken)).toEqual([])
  })
})
