import { describe, expect, test } from 'vitest'
import { chartCourse } from '../../src/diagnosis/course.ts'
import { lacking } from '../../src/diagnosis/lacking.ts'
import type { Fact } from '../../src/evidence/fact.ts'
import { assemble } from '../../src/journey/assemble.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { at, createWorld } from '../support/world.ts'

const contract = jewelryToldBriefly('fast')
const world = createWorld({ seed: 11, history: true })
const END = world.endsAtMs

/** Every question to manufacturing is refused; of what else it does and says, this is left. */
const refused = (left: (fact: Fact) => boolean): readonly Fact[] =>
  world.evidence.facts.flatMap((fact): readonly Fact[] => {
    if (fact.kind === 'status-answered' && fact.system === 'mes') {
      const { id, source, at: when, seenAt, keys, poll, system } = fact
      const common = { id, source, at: when, seenAt, keys, poll, system }
      return [{ ...common, kind: 'status-unavailable', why: 'refused', detail: 'connection refused' }]
    }
    return left(fact) ? [fact] : []
  })

const told = (facts: readonly Fact[]) => {
  const course = chartCourse(assemble(contract, world.order, { ...world.evidence, facts }), at(END))
  return lacking(course, 'mes', 'PRICE_CALCULATED', at(0), at(END - 1_000))
}
const isOfMes = (fact: Fact): boolean =>
  (fact.kind === 'span-ended' && fact.span.service === 'mes-api') ||
  ((fact.kind === 'request-made' || fact.kind === 'clock-asked') && fact.system === 'mes')

describe('a system whose every answer to us is refused', () => {
  test('and of which nothing else is heard is dead', () => {
    expect(told(refused((fact) => !isOfMes(fact)))).toMatchObject({ by: 'silence-of-a-dead-system' })
  })

  test('and whose spans go on coming is not', () => {
    expect(told(refused(() => true))).not.toMatchObject({ by: 'silence-of-a-dead-system' })
  })

  test('and that goes on answering people is not, though it leaves no spans', () => {
    const facts = refused((fact) => !isOfMes(fact) || fact.kind === 'request-made')
    expect(facts.some((fact) => fact.kind === 'request-made' && fact.system === 'mes')).toBe(true)
    expect(told(facts)).not.toMatchObject({ by: 'silence-of-a-dead-system' })
  })
})
