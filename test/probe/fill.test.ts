import { describe, expect, it } from 'vitest'
import { actsSchema } from '../../src/config/people.ts'
import { fillDocument, fillText } from '../../src/probe/fill.ts'

const values = { order: 'A-1', reference: 'SYN-1', triangles: 2_000 }

describe('a template of what a person asks', () => {
  it('is filled in wherever a placeholder stands, and keeps what is none', () => {
    expect(fillText('/jobs/{order}/take?of={reference}', values)).toBe('/jobs/A-1/take?of=SYN-1')
    expect(fillText('{who} {Order}', values)).toBe('{who} {Order}')
  })

  it('becomes a number where the placeholder is the whole of a text and stands for one', () => {
    expect(fillDocument({ facets: '{triangles}', of: ['{order}', 7, null] }, values)).toEqual({
      facets: 2_000,
      of: ['A-1', 7, null],
    })
    expect(fillDocument('{triangles} facets', values)).toBe('2000 facets')
  })
})

describe('the acts of people', () => {
  it('are those of the reference order system where nothing else is said', () => {
    const { 'seller approves': approves, 'customer orders': orders } = actsSchema.parse({})
    expect(approves).toMatchObject({ system: 'crm', method: 'POST', makes: 'MANUFACTURING_APPROVED' })
    expect(orders).toMatchObject({ system: 'shop', path: '/api/orders', id: 'orderId' })
  })

  it('are another system’s one by one', () => {
    const bakes = { system: 'bakery', path: '/jobs/{order}/bake', makes: 'BAKED' }
    const acts = actsSchema.parse({ 'operator takes': bakes })
    expect(acts['operator takes']).toEqual({ ...bakes, method: 'POST', headers: {} })
    expect(acts['operator ships'].system).toBe('mes')
  })
})
