import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Words } from '../../../src/sandbox/names/dictionary.ts'
import { DISGUISED } from '../../../src/sandbox/names/disguised.ts'
import { createNames } from '../../../src/sandbox/names/names.ts'
import { USUAL } from '../../../src/sandbox/names/words.ts'

const usual = createNames(USUAL)
const disguised = createNames(DISGUISED)

describe('the disguise', () => {
  it.each(Object.entries<Words>({ ...DISGUISED }))(
    'gives every name of %s one of its own, and none of ours',
    (_place, words) => {
      const wire: readonly string[] = Object.values(words)
      expect(new Set(wire).size).toBe(wire.length)
      expect(wire.filter((name) => Object.keys(words).includes(name))).toEqual([])
    },
  )

  it.each(Object.keys(DISGUISED.talk))('is heard as it was said: %s', (word) => {
    expect(disguised.talk.say(word)).not.toBe(word)
    expect(disguised.talk.hear(disguised.talk.say(word))).toBe(word)
  })

  it('says names inside a name, the longest first, and leaves other words alone', () => {
    expect(disguised.talk.say('order.status.price_calculated')).toBe('job.phase.quoted')
    expect(disguised.talk.say('mes.orders.retry-last')).toBe('q-bench-intake.long-nap')
    expect(disguised.sql.say("SELECT order_id FROM orders o WHERE status = 'SUBMITTED'")).toBe(
      "SELECT docket FROM consignments o WHERE phase = 'LODGED'",
    )
    expect(disguised.talk.say('reordering borders')).toBe('reordering borders')
  })

  it('says documents through and through, and nothing a customer wrote', () => {
    const document = { orderId: '1', status: 'SHIPPED', history: [{ status: 'CLOSED', at: 'x' }], item: 'two orders' }
    const said = { docket: '1', phase: 'DISPATCHED', trail: [{ phase: 'SETTLED', when: 'x' }], piece: 'two orders' }
    expect(disguised.document.say(document)).toEqual(said)
    expect(disguised.document.hear(said)).toEqual(document)
  })

  it('gives new orders ids that are no UUIDs, and knows them', () => {
    const id = disguised.newOrderId()
    expect(disguised.orderId.safeParse(id).success).toBe(true)
    expect(usual.orderId.safeParse(id).success).toBe(false)
  })
})

describe('the pages of the disguise', () => {
  const files = ['shop/page.html', 'shop/page.js', 'crm/page.html', 'mes/page.html', 'pages/worklist.js']
  const pages = files.map((file) => readFileSync(new URL(`../../../src/sandbox/${file}`, import.meta.url), 'utf8'))

  it.each(Object.keys(DISGUISED.pages))('say otherwise what stands in one of them: %s', (text) => {
    expect(pages.some((page) => page.includes(text))).toBe(true)
  })

  it('ask for nothing and read nothing by a usual name', () => {
    const said = pages.map(disguised.page).join('\n')
    const telling = [
      ...Object.keys(DISGUISED.statuses),
      ...Object.keys(DISGUISED.fields).filter((f) => /[A-Z]/.test(f)),
    ]
    const spoken = telling.filter((name) => new RegExp(`[.'" ]${name}\\b(?! =)`).test(said))
    // Names inside the script, of what it has read.
    expect(spoken).toEqual(['priceCents'])
    expect(said).not.toContain('/api/')
  })
})

describe('the usual names', () => {
  it('leave everything as it is', () => {
    const document = { orderId: '1', status: 'SHIPPED' }
    expect(usual.document.say(document)).toBe(document)
    expect(usual.row.hear(document)).toBe(document)
    expect(usual.page('<main data-actions="SHIPPED:close:Close">')).toBe('<main data-actions="SHIPPED:close:Close">')
    for (const { say, hear } of [usual.talk, usual.sql, usual.path, usual.attribute, usual.storage])
      expect([say('order.status SUBMITTED'), hear('order.status SUBMITTED')]).toEqual(
        Array(2).fill('order.status SUBMITTED'),
      )
  })
})
