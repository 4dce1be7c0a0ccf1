import { describe, expect, it } from 'vitest'
import { axis, bar, mark, waitingBar } from '../../src/report/bar.ts'
import { durationText, shortDurationText } from '../../src/report/durations.ts'
import { wrap } from '../../src/report/wrap.ts'

const scale = { fromMs: 0, toMs: 1000, cells: 10 }

describe('a drawing to scale', () => {
  it.each([
    ['the whole', 0, 1000, '██████████'],
    ['the first half', 0, 500, '█████     '],
    ['a tenth in the middle', 500, 600, '     █    '],
    ['half a cell', 250, 300, '  ▐       '],
    ['next to nothing, still seen', 500, 500.001, '     ▌    '],
    ['what ends beyond the scale', 900, 5000, '         █'],
  ])('shows %s', (_what, from, to, drawn) => {
    expect(bar(scale, from, to)).toBe(drawn)
  })

  it('marks moments and what is still awaited', () => {
    expect(mark(scale, 300, '◆')).toBe('   ◆      ')
    expect(waitingBar(scale, 700)).toBe('       ┄┄┄')
  })

  it('labels its axis where the labels fit', () => {
    expect(axis({ fromMs: 0, toMs: 2000, cells: 24 }, shortDurationText)).toBe('0 ms  500 ms      1.5 s ')
  })
})

describe('durations for a person', () => {
  it.each([
    [0, '0 ms', '0 ms'],
    [0.42, '0.42 ms', '0.42 ms'],
    [61.4, '61 ms', '61 ms'],
    [500, '500 ms', '500 ms'],
    [1000, '1.00 s', '1 s'],
    [1500, '1.50 s', '1.5 s'],
    [2410, '2.41 s', '2.41 s'],
    [12_340, '12.3 s', '12.3 s'],
    [210_000, '3.50 min', '3.5 min'],
    [28_800_000, '8.00 h', '8 h'],
    [1_209_600_000, '14.0 d', '14 d'],
  ])('%d ms', (ms, text, short) => {
    expect([durationText(ms), shortDurationText(ms)]).toEqual([text, short])
  })
})

describe('wrapping', () => {
  it('breaks at spaces and cuts what is longer than a line', () => {
    expect(wrap('one two  three abcdefghijkl', 9)).toEqual(['one two', 'three', 'abcdefghi', 'jkl'])
    expect(wrap('   ', 9)).toEqual([])
  })
})
