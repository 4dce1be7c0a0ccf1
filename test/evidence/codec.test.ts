import { describe, expect, it } from 'vitest'
import { decodeLine, decodeRecord, encodeRecord } from '../../src/evidence/codec.ts'
import { WaybillError } from '../../src/shared/errors.ts'
import { answerRecord, hostileRecords, oneOfEachKind, spanRecord } from './records.ts'

const failureOf = (line: string, place?: string): WaybillError => {
  try {
    decodeLine(line, place)
  } catch (error) {
    if (error instanceof WaybillError) return error
    throw error
  }
  throw new Error('the line was accepted')
}

const changed = (change: (line: Record<string, unknown>, record: Record<string, unknown>) => void): string => {
  const line = JSON.parse(encodeRecord(answerRecord('a')))
  change(line, line.record)
  return JSON.stringify(line)
}

describe('the written form of evidence', () => {
  it.each(oneOfEachKind.map((record) => [record.record.id, record] as const))(
    'gives record %s back as it was',
    (_id, record) => expect(decodeRecord(encodeRecord(record))).toStrictEqual(record),
  )

  it.each(hostileRecords.map((record) => [JSON.stringify(record.record.id).slice(0, 30), record] as const))(
    'gives hostile record %s back as it was, on one well-formed line',
    (_id, record) => {
      const line = encodeRecord(record)
      expect(line).not.toMatch(/[\n\r\0]/)
      expect(line.isWellFormed()).toBe(true)
      expect(decodeRecord(line)).toStrictEqual(record)
    },
  )

  it('keeps every nanosecond of a time that a double would round', () => {
    const line = encodeRecord(spanRecord('x'))
    expect(line).toContain('"1795000000123456789"')
  })

  it('says its version and the run on every line', () => {
    expect(encodeRecord(answerRecord('a'), 'run-1')).toMatch(
      /^\{"schema":"waybill.evidence\/1","run":"run-1","type":"fact"/,
    )
    expect(decodeLine(encodeRecord(answerRecord('a'), 'run-1')).run).toBe('run-1')
    expect(decodeLine(encodeRecord(answerRecord('a'))).run).toBeNull()
  })

  it.each([
    ['text that is no JSON', '{"schema":"wayb', 'one evidence record'],
    ['an empty line', '', 'one evidence record'],
    ['JSON that is no object', '[]', 'waybill.evidence/1'],
    ['null', 'null', 'waybill.evidence/1'],
    ['a later version', changed((line) => Object.assign(line, { schema: 'waybill.evidence/2' })), 'waybill.evidence/1'],
    ['an unknown type', changed((line) => Object.assign(line, { type: 'rumour' })), 'type'],
    ['an unknown kind of fact', changed((_, record) => Object.assign(record, { kind: 'guess' })), 'record.kind'],
    ['an unknown field', changed((_, record) => Object.assign(record, { colour: 'red' })), 'colour'],
    ['a missing field', changed((_, record) => delete record.system), 'record.system'],
    ['a time as a number', changed((_, record) => Object.assign(record, { seenAt: 17 })), 'record.seenAt'],
    ['a time with a fraction', changed((_, record) => Object.assign(record, { seenAt: '1.5' })), 'decimal'],
    [
      'a trace id of the wrong length',
      changed((_, record) => Object.assign(record, { poll: { traceId: 'ab', spanId: 'cd' } })),
      'record.poll.traceId',
    ],
    ['an unknown source', changed((_, record) => Object.assign(record, { source: 'gossip' })), 'record.source'],
    [
      'a source named like a method of objects',
      changed((_, record) => Object.assign(record, { source: 'toString' })),
      'record.source',
    ],
  ])('refuses %s and says what was expected', (_what, line, expected) => {
    const failure = failureOf(line, 'evidence.jsonl:7')
    expect(failure.code).toBe('bad-capture')
    expect(failure.sentence()).toMatch(/^evidence\.jsonl:7: /)
    expect(failure.expected).toContain(expected)
  })

  it('refuses an attribute that is an object', () => {
    const line = JSON.parse(encodeRecord(spanRecord('x')))
    line.record.span.attributes = { deep: { er: 1 } }
    expect(failureOf(JSON.stringify(line)).expected).toContain('record.span.attributes.deep')
  })

  it('shows only the beginning of a long bad line', () => {
    expect(failureOf('x'.repeat(1_000_000)).sentence().length).toBeLessThan(400)
  })
})
