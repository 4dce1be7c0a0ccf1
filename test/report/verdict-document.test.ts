import { describe, expect, it } from 'vitest'
import { jsonSchemas, schemaText } from '../../src/report/json-schemas.ts'
import { exactMs } from '../../src/report/verdict-document.ts'
import { verdictDocumentSchema } from '../../src/report/verdict-schema.ts'
import { nanos } from '../../src/shared/units.ts'
import { broken, healthy } from './orders.ts'

/** Adds decimal texts as integers of nanoseconds, as a reader with decimal arithmetic would. */
const asNanos = (ms: number): bigint => {
  const [whole = '0', fraction = ''] = String(ms).split('.')
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'))
}

describe('the verdict document', () => {
  it.each([
    ['healthy', healthy],
    ['broken', broken],
  ] as const)('of a %s order fits its own schema', (_name, { document }) => {
    expect(verdictDocumentSchema.parse(document)).toEqual(document)
  })

  it('tells times as RFC 3339 with milliseconds and latencies exactly', () => {
    const { document } = healthy
    expect(document).toMatchObject({
      schema: 'waybill.verdict/1',
      verdict: 'passed',
      placedAt: '2026-11-21T15:02:06.360Z',
      lastFactSeenAt: '2026-11-21T15:02:08.618Z',
      decidedAt: '2026-11-21T15:02:08.928Z',
      clocks: [{ instance: 'mes-api/3f2a', offsetMs: -90000.4, plusMinusMs: 1.6 }],
    })
    expect(document.hops.find((hop) => hop.id === 'H4')).toMatchObject({
      handoff: 'H4',
      latencyMs: 180.123456,
      plusMinusMs: 1.25,
      segments: [
        { kind: 'database', system: 'shop-db', ms: 180.000001 },
        { kind: 'processing', system: 'crm', ms: 0.123455 },
      ],
    })
  })

  it('has segments whose decimals add up to the latency without a rest', () => {
    for (const hop of healthy.document.hops) {
      const sum = hop.segments.reduce((total, segment) => total + asNanos(segment.ms), 0n)
      expect({ hop: hop.id, sum }).toEqual({ hop: hop.id, sum: asNanos(hop.latencyMs ?? 0) })
    }
  })

  it.each([
    [1n, 0.000001],
    [-1_500_000n, -1.5],
    [0n, 0],
    [4_200_000_000_001n, 4200000.000001],
  ])('shows %d ns without loss', (time, ms) => {
    expect(exactMs(nanos(time))).toBe(ms)
  })

  it('never claims a decision before the last fact it rests on', () => {
    const { document } = healthy
    expect(Date.parse(document.decidedAt)).toBeGreaterThanOrEqual(Date.parse(document.lastFactSeenAt ?? ''))
  })
})

describe('the published JSON Schemas', () => {
  // `npx vitest run test/report -u` writes them anew after a wanted change.
  it.each(Object.entries(jsonSchemas()))('%s is what the code checks', async (name, schema) => {
    await expect(schemaText(schema)).toMatchFileSnapshot(`../../schemas/${name}`)
  })
})
