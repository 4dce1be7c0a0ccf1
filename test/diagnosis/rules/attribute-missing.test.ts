import { describe, expect, test } from 'vitest'
import type { Contract } from '../../../src/contract/contract.ts'
import { attributeMissing } from '../../../src/diagnosis/rules/attribute-missing.ts'
import { contextLeaked } from '../../../src/diagnosis/rules/context-leaked.ts'
import type { SpanEnded } from '../../../src/evidence/fact.ts'
import type { Span } from '../../../src/evidence/span.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { createWorld, type World } from '../../support/world.ts'
import { isOf, stamped, told, withSpans } from '../../support/world-spans.ts'

const brief = jewelryToldBriefly('fast')

describe('attribute-missing', () => {
  const contract: Contract = { ...brief, everySpanCarries: ['order.id', 'enduser.id'] }
  const world = createWorld({ seed: 4 })

  test('is told once for each system and attribute that none of its spans of one name carries', () => {
    const evidence = withSpans(
      world,
      stamped((span) => (span.service === 'mes-api' ? {} : { 'enduser.id': 'c-1' })),
    )
    const findings = told(attributeMissing, contract, world, evidence)
    expect(findings.map(({ owner, severity }) => [owner, severity])).toEqual([['Manufacturing IT', 'degraded']])
    expect(findings[0]?.message).toContain('mes leaves enduser.id out of all')
  })

  test('is not told of spans that carry all, nor of answers to our own questions', () => {
    expect(
      told(
        attributeMissing,
        contract,
        world,
        withSpans(
          world,
          stamped(() => ({ 'enduser.id': 'c' })),
        ),
      ),
    ).toEqual([])
  })

  test('is not told of a span that lacks it once and has it elsewhere', () => {
    let first = true
    const evidence = withSpans(
      world,
      stamped((span) => {
        if (span.name.startsWith('pg.query') && first) {
          first = false
          return {}
        }
        return { 'enduser.id': 'c' }
      }),
    )
    expect(told(attributeMissing, contract, world, evidence)).toEqual([])
  })

  test('is told of an order id that is cut off as of one that is missing, and not of another system beside it', () => {
    const named: Contract = { ...brief, everySpanCarries: ['order.id'] }
    const id = '7d8c1b6e-51aa-4c0f-9d5e-0a7f3e210b4c'
    const facts = withSpans(world, (span) => {
      if (span.attributes['order.id'] === undefined) return span
      const attributes = { ...span.attributes, 'order.id': id }
      if (span.service !== 'mes-api') return { ...span, attributes }
      const short = Object.entries(attributes).map(([name, value]) => [name, String(value).slice(0, 24)])
      return { ...span, attributes: Object.fromEntries(short) }
    }).facts.map((fact) => (fact.kind === 'order-placed' ? { ...fact, orderId: id } : fact))
    const evidence = { ...world.evidence, facts }
    const [finding, ...others] = told(attributeMissing, named, world, evidence)
    expect(others).toEqual([])
    expect(finding?.message).toMatch(/^mes cuts off order\.id on all \d+ of its spans of this order/)
    expect(finding?.hint).toContain('limit')
    expect(told(contextLeaked, named, world, evidence)).toEqual([])
  })

  test('is not told of a message that came to nothing: its work broke off before it learned much of the order', () => {
    const lacking = (of: World) =>
      told(
        attributeMissing,
        contract,
        of,
        withSpans(
          of,
          stamped((span) => (span.name === 'mes.orders process' ? {} : { 'enduser.id': 'c' })),
        ),
      )
    expect(lacking(world)).toMatchObject([{ owner: 'Manufacturing IT' }])
    expect(lacking(createWorld({ seed: 4, trouble: 'swallowed', at: 'H5' }))).toEqual([])
  })

  test('is told of a request a system sends itself only where that request names the order', () => {
    const complete = withSpans(
      world,
      stamped(() => ({ 'enduser.id': 'c' })),
    )
    const [placing] = complete.facts.filter(
      (fact): fact is SpanEnded =>
        fact.kind === 'span-ended' && isOf('shop-api')(fact.span) && fact.span.kind === 'server',
    )
    if (placing === undefined) throw new Error('the world has no such span')
    const asking = (path: string) => {
      const span: Span = {
        ...placing.span,
        spanId: 'd'.repeat(16),
        parentSpanId: placing.span.spanId,
        name: 'GET',
        attributes: { 'http.request.method': 'GET', 'url.path': path },
      }
      const facts = [...complete.facts, { ...placing, id: 'otlp:inner', span }]
      return told(attributeMissing, contract, world, { ...complete, facts }).map(({ owner }) => owner)
    }
    expect(asking('/api/orders')).toEqual([])
    expect(asking('/api/orders/a7f3-21')).toEqual(['Shop team', 'Shop team'])
  })

  test('asks no exception of a call that was answered with an error status, and asks it of other failed spans', () => {
    const failing: Contract = { ...brief, telemetry: { errorSpansCarry: ['exception.message'] } }
    const failed = (change: Partial<Span>) =>
      told(
        attributeMissing,
        failing,
        world,
        withSpans(world, (span) =>
          span.service === 'shop-api' && span.kind === 'client' ? { ...span, status: 'error', ...change } : span,
        ),
      )
    expect(failed({}).length).toBeGreaterThan(0)
    const attributes = { 'http.request.method': 'GET', 'http.response.status_code': 404, 'url.path': '/models/x' }
    expect(failed({ name: 'GET', attributes })).toEqual([])
  })

  test('is told of failed spans, and of spans that move a file, only where they lack what such spans must carry', () => {
    const files: Contract = { ...brief, telemetry: { fileSpansCarry: ['file.size'], errorSpansCarry: ['error.type'] } }
    const failing = createWorld({ seed: 4, trouble: 'work throws once' })
    expect(told(attributeMissing, files, failing).map(({ message }) => message)).toEqual([
      expect.stringContaining('mes leaves error.type out of the only one of its failed spans'),
      expect.stringContaining('shop leaves file.size out of the only one'),
      expect.stringContaining('mes leaves file.size out of the only one'),
    ])
    const complete = withSpans(
      failing,
      stamped(() => ({ 'file.size': 1, 'error.type': 'RangeError' })),
    )
    expect(told(attributeMissing, files, failing, complete)).toEqual([])
  })
})
