import { describe, expect, test } from 'vitest'
import type { Contract } from '../../src/contract/contract.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import { handOut, orderFlyers, printFlyers } from '../support/print-flyers.ts'
import { printShop } from '../support/print-shop.ts'
import { type Story, tellStory } from '../support/story.ts'

/** The print shop with an archive that is told of every order by a call, and a counter that is told by a queue. */
const contract: Contract = {
  ...printShop,
  systems: { ...printShop.systems, archive: { services: ['archive'] }, counter: { services: ['counter'] } },
  stages: {
    ...printShop.stages,
    ORDERED: { owner: 'front', by: 'person', within: '10 s', mirrors: ['archive'] },
    PRINTED: { owner: 'press', by: 'machine', within: '2 min', mirrors: ['counter'] },
  },
  handoffs: {
    ...printShop.handoffs,
    F4: { kind: 'http', from: 'front', to: 'archive', route: 'PUT /archive/{order}', within: '1 min' },
    F5: {
      kind: 'queue',
      from: 'press',
      to: 'counter',
      exchange: 'flyers',
      key: 'flyer.printed',
      queue: 'counter.news',
      within: '5 s',
    },
  },
  flows: {
    flyer: {
      bornIn: 'front',
      path: [
        { handoff: 'F1' },
        { stage: 'ORDERED' },
        { handoff: 'F4', branch: true },
        { handoff: 'F2' },
        { stage: 'PRINTED' },
        { handoff: 'F5', branch: true },
        { handoff: 'F3' },
        { stage: 'READY' },
      ],
    },
  },
}

const judge = (story: Story, ms: number): Evaluation => {
  const { evidence, now } = story.known(ms)
  return evaluate(contract, story.order, evidence, now)
}
const breaks = ({ findings }: Evaluation) =>
  findings.filter(({ severity }) => severity === 'broken').map(({ code, handoff, stage }) => ({ code, handoff, stage }))

/** When each system shows each status, in milliseconds; never where it is left out. */
function told(shows: Readonly<Record<string, readonly (readonly [string, number])[]>>): Story {
  const story = tellStory({ flow: 'flyer' })
  for (const system of ['front', 'press', 'archive', 'counter'])
    story.ask(system, {
      from: 10,
      to: 200_000,
      service: system,
      says: (ms) => (shows[system] ?? []).findLast(([, from]) => ms > from)?.[0] ?? null,
    })
  return story
}

describe('news that a call brings to a mirror', () => {
  test('has the time the contract gives the call', () => {
    const story = told({
      front: [
        ['ORDERED', 100],
        ['READY', 1_020],
      ],
      press: [['PRINTED', 990]],
      archive: [['ORDERED', 40_000]],
      counter: [['PRINTED', 1_200]],
    })
    handOut(story, printFlyers(story, orderFlyers(story), 120, 1_000), 1_010)
    for (let ms = 5_000; ms < 40_000; ms += 5_000) expect(breaks(judge(story, ms))).toEqual([])
    expect(judge(story, 90_000)).toMatchObject({ state: 'final' })
    expect(breaks(judge(story, 90_000))).toEqual([])
  })
  test('is missed at that call', () => {
    const story = told({
      front: [
        ['ORDERED', 100],
        ['READY', 1_020],
      ],
      press: [['PRINTED', 990]],
      counter: [['PRINTED', 1_200]],
    })
    handOut(story, printFlyers(story, orderFlyers(story), 120, 1_000), 1_010)
    expect(breaks(judge(story, 90_000))).toEqual([{ code: 'stage-overdue', handoff: 'F4', stage: 'ORDERED' }])
  })
})

describe('two independent breaks', () => {
  test('on two branches are both told', () => {
    const story = told({
      front: [
        ['ORDERED', 100],
        ['READY', 1_020],
      ],
      press: [['PRINTED', 990]],
    })
    handOut(story, printFlyers(story, orderFlyers(story), 120, 1_000), 1_010)
    expect(breaks(judge(story, 90_000)).map(({ handoff }) => handoff)).toEqual(['F4', 'F5'])
  })
  test('on a branch and, later, on the order’s own path are both told', () => {
    const story = told({ front: [['ORDERED', 100]], press: [['PRINTED', 990]], archive: [['ORDERED', 300]] })
    printFlyers(story, orderFlyers(story), 120, 1_000)
    expect(breaks(judge(story, 90_000)).map(({ handoff, stage }) => handoff ?? stage)).toEqual(['F5', 'F3'])
  })
  test('at a mirror whose link the order went over and at a later link are both told', () => {
    const crossed: Contract = {
      ...contract,
      stages: {
        ...contract.stages,
        ORDERED: { owner: 'front', by: 'person', within: '10 s', mirrors: ['press'] },
        PRINTED: { owner: 'press', by: 'machine', within: '2 min' },
      },
      flows: { flyer: { bornIn: 'front', path: printShop.flows.flyer?.path ?? [] } },
    }
    const story = told({ front: [['ORDERED', 100]], press: [] })
    printFlyers(story, orderFlyers(story), 120, 1_000)
    const { evidence, now } = story.known(30_000)
    const shown = evidence.facts.map((fact) =>
      fact.kind === 'status-answered' && fact.system === 'press' && fact.at.earliest > story.known(1_000).now
        ? { ...fact, status: 'PRINTED', history: ['PRINTED'] }
        : fact,
    )
    const verdict = evaluate(crossed, story.order, { ...evidence, facts: shown }, now)
    expect(breaks(verdict).map(({ handoff, stage }) => `${handoff} ${stage}`)).toEqual(['F2 ORDERED', 'F3 READY'])
  })
})
