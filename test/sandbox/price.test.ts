import { expect, test } from 'vitest'
import { priceOf, pricingTimeMs } from '../../src/sandbox/mes/price.ts'

test.each([
  { speed: 'fast', triangles: 2_000, ms: 200 },
  { speed: 'fast', triangles: 1_000_000, ms: 3_000 },
  { speed: 'realistic', triangles: 2_000, ms: 121_800 },
  { speed: 'realistic', triangles: 50_000, ms: 165_000 },
  { speed: 'realistic', triangles: 10_000_000, ms: 1_800_000 },
] as const)('$speed: working out the price of $triangles triangles takes $ms ms', ({ speed, triangles, ms }) => {
  expect(pricingTimeMs(triangles, speed)).toBe(ms)
})

test('a price grows with detail and with material, and needs no closed surface', () => {
  const plain = priceOf(1_000, null)
  expect(priceOf(2_000, null)).toBeGreaterThan(plain)
  expect(priceOf(1_000, 500)).toBeGreaterThan(plain)
})
