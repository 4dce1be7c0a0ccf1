import { describe, expect, test } from 'vitest'
import { messageNotPublished } from '../../../src/diagnosis/rules/message-not-published.ts'
import type { Evidence } from '../../../src/evidence/evidence.ts'
import type { Fact } from '../../../src/evidence/fact.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { createWorld, type World } from '../../support/world.ts'
import { judge } from '../../support/world-spans.ts'

const contract = jewelryToldBriefly('fast')

/** The CRM's spans show a publish to the right exchange, under a key the contract does not know. */
const misspelt = createWorld({ seed: 2, trouble: 'wrong key', broker: true })
const nothingSent = createWorld({ seed: 2, trouble: 'taken, not published', broker: true })

const untapped = ({ evidence: { facts, coverage } }: World): Evidence => ({
  facts: facts.filter(({ source }) => source !== 'rabbitmq'),
  conditions: [],
  coverage: coverage.filter(({ source }) => source !== 'rabbitmq'),
})

/** What the tap tells, of a broker in which some other queue is bound to such keys. */
const takenElsewhere = (fact: Fact): Fact =>
  fact.kind === 'message-published' ? { ...fact, queues: ['orders.archive'] } : fact

describe('where the sender published under a key the contract does not know', () => {
  test('nothing is found by its spans alone, and what they show is said', () => {
    expect(judge(messageNotPublished, contract, misspelt, untapped(misspelt))).toEqual({
      findings: [],
      pending: [],
      unchecked: [
        {
          code: 'message-not-published',
          handoff: 'H5',
          stage: null,
          why: 'crm published something under order.submitted.misspelt, a key the contract does not know',
        },
      ],
    })
  })

  test('it is found where the tap vouches that nothing else came in, and says what did', () => {
    const { evidence } = misspelt
    const tapped = { ...evidence, facts: evidence.facts.map(takenElsewhere) }
    const { findings, unchecked } = judge(messageNotPublished, contract, misspelt, tapped)
    expect(unchecked).toEqual([])
    expect(findings.map(({ finding: { code, handoff } }) => [code, handoff])).toEqual([['message-not-published', 'H5']])
    expect(findings[0]?.finding.message).toContain(
      ', but something under order.submitted.misspelt, a key the contract does not know.',
    )
    expect(findings[0]?.finding.evidence.map(({ ref }) => ref)).toContain('coverage:firehose')
  })
})

test('where the sender published nothing at all its spans alone prove it', () => {
  const { findings } = judge(messageNotPublished, contract, nothingSent, untapped(nothingSent))
  expect(findings.map(({ finding: { code, handoff } }) => [code, handoff])).toEqual([['message-not-published', 'H5']])
  expect(findings[0]?.finding.message).not.toContain('but something')
})
