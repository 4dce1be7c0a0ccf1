import { expect, test } from 'vitest'
import { type Figure, isMet, quantile } from '../../bench/figure.ts'
import { lineOf, pageOf, tableOf } from '../../bench/write-up.ts'

const slow: Figure = {
  name: 'last fact seen to verdict, p50',
  value: 1500,
  unit: 'ms',
  target: { atMost: 500 },
  floor: 3,
  floorIs: 'a timer',
  note: '20 orders',
}
const quick: Figure = {
  name: 'OTLP intake',
  value: 412_345,
  unit: 'spans/s',
  target: { atLeast: 200_000 },
  floor: 4_123_450,
  floorIs: 'a bare loop',
  note: null,
}
const untargeted: Figure = { ...quick, name: 'processor time', value: 1.654, unit: 's/min', target: null, floor: 1.1 }

test.each([
  { what: 'above what it may be at most', figure: slow, met: false },
  { what: 'exactly what it may be at most', figure: { ...slow, value: 500 }, met: true },
  { what: 'above what it must be at least', figure: quick, met: true },
  { what: 'below what it must be at least', figure: { ...quick, value: 199_999 }, met: false },
  { what: 'without a target', figure: untargeted, met: null },
])('a figure $what is told as such', ({ figure, met }) => {
  expect(isMet(figure)).toBe(met)
})

test.each([
  { share: 0.5, value: 10 },
  { share: 0.95, value: 19 },
  { share: 1, value: 20 },
])('of the numbers 1 to 20 the $share quantile is $value', ({ share, value }) => {
  const samples = Array.from({ length: 20 }, (_, at) => 20 - at)
  expect(quantile(samples, share)).toBe(value)
})

test('the table has a row for each figure, with what was missed', () => {
  expect(tableOf([slow, quick, untargeted])).toBe(
    [
      'figure                                 measured             target                      floor  ratio',
      'last fact seen to verdict, p50         1,500 ms           ≤ 500 ms  MISSED               3 ms    500',
      'OTLP intake                     412,000 spans/s  ≥ 200,000 spans/s     met  4,120,000 spans/s    0.1',
      'processor time                       1.65 s/min                                     1.1 s/min    1.5',
      '',
    ].join('\n'),
  )
})

test('a line of JSON carries value, target, floor and ratio as numbers', () => {
  expect(JSON.parse(lineOf(slow))).toEqual({
    schema: 'waybill.figure/1',
    figure: 'last fact seen to verdict, p50',
    value: 1500,
    unit: 'ms',
    target: { atMost: 500 },
    met: false,
    floor: 3,
    floorIs: 'a timer',
    ratio: 500,
    note: '20 orders',
  })
})

test('the page says when and where, and has a row for each figure', () => {
  const page = pageOf([slow, untargeted], {
    date: new Date('2026-11-21T10:20:30Z'),
    cores: 2,
    memoryGib: 24,
    system: 'Debian GNU/Linux 12',
    processor: 'a processor',
    node: '24.21.0',
    load: [0.5, 1.25],
  })

  expect(page).toContain('Measured 2026-11-21 10:20 UTC on 2 cores (a processor), 24 GiB, Debian GNU/Linux 12')
  expect(page).toContain('a load of 0.5 before and 1.3 after')
  expect(page).toContain(
    '| last fact seen to verdict, p50 | 1,500 ms | ≤ 500 ms | MISSED | 3 ms | 500 | a timer | 20 orders |\n',
  )
  expect(page).toContain('| processor time | 1.65 s/min |  |  | 1.1 s/min | 1.5 | a bare loop |  |\n')
})
