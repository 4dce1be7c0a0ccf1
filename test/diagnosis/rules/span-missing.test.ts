import { describe, expect, test } from 'vitest'
import type { Contract } from '../../../src/contract/contract.ts'
import { chartCourse } from '../../../src/diagnosis/course.ts'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import { attributeMissing } from '../../../src/diagnosis/rules/attribute-missing.ts'
import { evidenceUnavailable } from '../../../src/diagnosis/rules/evidence-unavailable.ts'
import { spanMissing } from '../../../src/diagnosis/rules/span-missing.ts'
import type { Evidence } from '../../../src/evidence/evidence.ts'
import type { Fact, SpanEnded } from '../../../src/evidence/fact.ts'
import { assemble } from '../../../src/journey/assemble.ts'
import { type Baking, bakeCake } from '../../support/bake-cake.ts'
import { cakeShop } from '../../support/cake-shop.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { at, createWorld, type World } from '../../support/world.ts'

const contract = jewelryToldBriefly('fast')

const said = (world: World, evidence: Evidence, told: Contract = contract): readonly string[] => {
  const course = chartCourse(assemble(told, world.order, evidence), at(world.endsAtMs))
  return [spanMissing, evidenceUnavailable, attributeMissing].flatMap((rule) =>
    rule.judge(course).findings.map(({ finding }) => `${finding.code} ${finding.stage ?? '-'}: ${finding.message}`),
  )
}

const isOf = (service: string, fact: Fact): fact is SpanEnded =>
  fact.kind === 'span-ended' && fact.span.service === service

const spans = ({ evidence }: { evidence: Evidence }, change: (fact: SpanEnded) => Fact): Evidence => ({
  ...evidence,
  facts: evidence.facts.map((fact) => (fact.kind === 'span-ended' ? change(fact) : fact)),
})

/** The CRM begins a trace of its own with every message it is handed. */
const rooted = (fact: SpanEnded): SpanEnded =>
  isOf('crm-api', fact) && fact.span.kind === 'consumer'
    ? { ...fact, span: { ...fact.span, parentSpanId: null, links: [] } }
    : fact

describe('a system of which no span comes though it goes on working', () => {
  const silent = (options = {}) =>
    createWorld({ seed: 11, history: true, frozen: { service: 'mes-api', fromMs: -1 }, ...options })

  test('and that hands no context on does not trace: told once, and not as trouble of the monitor', () => {
    const world = silent()
    const evidence = spans(world, rooted)
    const [finding, ...others] = said(world, evidence)
    expect(others).toEqual([])
    expect(finding).toMatch(/^span-missing PRICE_CALCULATED: mes reached PRICE_CALCULATED, .*SHIPPED and has left no/)
    expect(evaluate(contract, world.order, evidence, at(world.endsAtMs)).verdict).toBe('degraded')
  })

  test('and that hands its context on only does not export', () => {
    const world = silent()
    expect(said(world, world.evidence)).toEqual([expect.stringMatching(/^evidence-unavailable -: mes tells no span/)])
  })

  test('is judged by its messages as they came to the broker, whatever the receiver makes of them', () => {
    const world = silent({ broker: true })
    const context = (traced: boolean): Evidence => {
      const { facts, ...others } = spans(world, rooted)
      const sent = traced ? { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) } : null
      return {
        ...others,
        facts: facts.map((fact) =>
          fact.kind === 'message-published' && fact.exchange === 'manufacturing' ? { ...fact, context: sent } : fact,
        ),
      }
    }
    expect(said(world, context(true))).toEqual([expect.stringMatching(/^evidence-unavailable/)])
    expect(said(world, context(false))).toEqual([expect.stringMatching(/^span-missing/)])
  })

  test('is not judged before its spans would have come', () => {
    const world = silent()
    const early = world.knownAt(5_000)
    const course = chartCourse(assemble(contract, world.order, spans(early, rooted)), early.now)
    expect(spanMissing.judge(course).findings).toEqual([])
  })

  test('is not judged where no system’s spans come', () => {
    const world = silent({ broker: true })
    const { facts, conditions } = world.evidence
    const untraced = facts.flatMap((fact): readonly Fact[] =>
      fact.kind === 'span-ended' ? [] : [fact.kind === 'message-published' ? { ...fact, context: null } : fact],
    )
    const none = { facts: untraced, conditions, coverage: [] }
    expect(said(world, none).filter((sentence) => sentence.startsWith('span-missing'))).toEqual([])
  })
})

describe('spans that are there and only lack the mark of a setting', () => {
  const world = createWorld({ seed: 12, history: true })
  const unmarked = (name: string) =>
    spans(world, (fact) => {
      if (!isOf('mes-api', fact)) return fact
      const { [name]: _, ...attributes } = fact.span.attributes
      return { ...fact, span: { ...fact.span, attributes } }
    })
  const { status, reached = {} } = contract.recognise.span
  const marks = [status, ...Object.keys(reached)]

  test.each(marks)('are told as lacking %s, not as missing, where the contract asks for it', (name) => {
    const asking: Contract = { ...contract, everySpanCarries: [name] }
    const sentences = said(world, unmarked(name), asking)
    expect(sentences.filter((sentence) => sentence.startsWith('span-missing'))).toEqual([])
    expect(sentences).toContainEqual(expect.stringContaining(`mes leaves ${name} out of`))
  })

  test.each(marks)('are missing for all the contract can tell where it does not ask for %s', (name) => {
    expect(said(world, unmarked(name))).toContainEqual(expect.stringMatching(/^span-missing PRICE_CALCULATED/))
  })
})

describe('a stage no span sets', () => {
  const cake = (baking: Baking) => {
    const story = bakeCake({ history: true, ...baking })
    const known = story.known(29_000)
    const evidence = spans(known, (fact) =>
      fact.span.name === 'set GIVEN' ? { ...fact, span: { ...fact.span, name: 'beat', attributes: {} } } : fact,
    )
    const course = chartCourse(assemble(cakeShop, story.order, evidence), known.now)
    return spanMissing.judge(course).findings.map(({ finding }) => finding.stage)
  }

  test('was set by its owner without one where it came in its turn', () => {
    expect(cake({})).toEqual(['GIVEN'])
  })

  test('need not have been set by its owner where it was set out of its turn', () => {
    const desk = [
      ['PRICED', 1_600],
      ['GIVEN', 1_800],
    ] as const
    expect(cake({ shown: { desk } })).toEqual([])
  })
})
