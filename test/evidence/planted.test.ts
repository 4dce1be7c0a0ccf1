import { describe, expect, it } from 'vitest'
import { createPlantedRegistry, plantedIn } from '../../src/evidence/planted.ts'

const KEY = 'SYN-7F3A21BC0D'
const planted = plantedIn(KEY)

const registry = (...keys: string[]) => {
  const made = createPlantedRegistry()
  for (const key of keys) made.add(key)
  return made
}

describe('values planted in a test order', () => {
  it('are the same whenever they are asked for, and others for another order', () => {
    expect(plantedIn(KEY)).toEqual(planted)
    const other = plantedIn('SYN-7F3A21BC0E')
    expect(Object.values({ ...other }).filter((value) => Object.values({ ...planted }).includes(value))).toEqual([])
  })

  it('hold nothing of the order’s own names', () => {
    expect(JSON.stringify(planted)).not.toContain(KEY.slice(4))
  })

  it.each([
    { how: 'as they are', text: `customer ${planted.name} ordered`, what: 'name' },
    { how: 'in capitals', text: planted.name.toUpperCase(), what: 'name' },
    { how: 'in a URL', text: `/login?mail=${encodeURIComponent(planted.email)}`, what: 'email' },
    { how: 'with other punctuation', text: planted.phone.replace(/(\d{5})(\d{3})(\d{3})/, '$1 $2-$3.'), what: 'phone' },
    { how: 'inside a document', text: JSON.stringify({ model: `solid ${planted.model} x` }), what: 'model' },
  ])('are found $how', ({ text, what }) => {
    const found = registry('SYN-OTHER', KEY)
    expect(found.mayHold(Buffer.from(text))).toBe(true)
    expect(found.find(text)).toEqual([{ orderKey: KEY, what }])
  })

  it('are taken out of what is kept, and nothing else is', () => {
    const taken = registry(KEY).withhold(`to ${planted.email}, order 99977000000001`)
    expect(taken).toBe('to [withheld]@example.invalid, order 99977000000001')
  })

  it('of an order that is followed no longer are nobody’s', () => {
    const made = registry(KEY)
    made.remove(KEY)
    expect([made.find(planted.name), made.mayHold(planted.name)]).toEqual([[], false])
  })
})
