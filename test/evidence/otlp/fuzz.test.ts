import { describe, expect, it } from 'vitest'
import { createSpanIntake, type SpanIntake } from '../../../src/evidence/otlp/intake.ts'
import { KEEP_DEFAULTS } from '../../../src/evidence/otlp/keep.ts'
import { MalformedExport } from '../../../src/evidence/otlp/malformed.ts'
import { jsonRequest, protobufRequest, type SpanInput, service, spanId, traceId } from './encode.ts'
import { createTestClock, createTold, RECOGNISE } from './receiving.ts'

const SPANS: readonly SpanInput[] = [1, 2, 3].map((n) => ({
  traceId: traceId(n % 2),
  spanId: spanId(n),
  parentSpanId: spanId(9),
  attributes: [
    ['messaging.message.id', 'm'],
    ['list', ['a', 1, 0.5, true]],
    ['map', { kvlist: [['a', -1]] }],
    ['order.id', `o-${n}`],
  ],
  events: [{ name: 'exception', attributes: [['exception.type', 'E']] }],
  links: [{ traceId: traceId(7), spanId: spanId(7) }],
  status: { code: 2, message: 'bad' },
  flags: 0x301,
}))
const RESOURCES = [service('crm-api', SPANS), service('mes-api', SPANS)]

/** The same numbers in every run (mulberry32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Changes, cuts, doubles or removes a few bytes. */
function spoil(body: Buffer, random: (below: number) => number): Buffer {
  let spoiled = Buffer.from(body)
  for (let times = random(4); times >= 0; times--) {
    const at = random(spoiled.length || 1)
    const to = Math.min(spoiled.length, at + random(20))
    const kind = random(5)
    if (kind === 0) spoiled = spoiled.subarray(0, at)
    else if (kind === 1) spoiled = Buffer.concat([spoiled.subarray(0, at), spoiled.subarray(to)])
    else if (kind === 2) spoiled = Buffer.concat([spoiled.subarray(0, to), spoiled.subarray(at)])
    else if (spoiled.length > 0) spoiled[at] = kind === 3 ? 0xff : random(256)
  }
  return spoiled
}

describe('spoiled requests', () => {
  it.each([
    ['protobuf', protobufRequest(RESOURCES), (intake: SpanIntake, body: Buffer) => intake.takeProtobuf(body)],
    ['json', jsonRequest(RESOURCES), (intake: SpanIntake, body: Buffer) => intake.takeJson(body)],
  ])('in %s are taken or refused as malformed, never anything else, claimed early or late', (_, body, take) => {
    const random = createRandom(20261121)
    const outcomes = { taken: 0, malformed: 0 }
    for (let round = 0; round < 4000; round++) {
      const intake = createSpanIntake(createTold(), {
        recognise: RECOGNISE,
        keep: KEEP_DEFAULTS,
        unclaimed: { maxBytes: 1_000_000, maxAgeMs: 1000 },
        clock: createTestClock(),
      })
      if (round % 2 === 0) intake.claim([{ kind: 'order', value: 'o-1' }])
      try {
        take(intake, spoil(body, random))
        outcomes.taken++
      } catch (error) {
        if (!(error instanceof MalformedExport)) throw error
        outcomes.malformed++
      }
      intake.claim([
        { kind: 'message', value: 'm' },
        { kind: 'trace', value: traceId(1) },
      ])
    }
    expect(outcomes.taken).toBeGreaterThan(100)
    expect(outcomes.malformed).toBeGreaterThan(100)
  })
})
