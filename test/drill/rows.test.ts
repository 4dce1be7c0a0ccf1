import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import { CLASS_OF } from '../../src/diagnosis/catalogue.ts'
import { EXPECTATIONS } from '../../src/drill/expectations.ts'
import { INVENTED } from '../../src/drill/invented.ts'
import { PLANS } from '../../src/drill/plans.ts'
import { rowsFor } from '../../src/drill/rows.ts'
import { storyOf } from '../../src/drill/stories.ts'
import { FAULTS } from '../../src/sandbox/launch.ts'

const rows = rowsFor(FAULTS)
const contract = jewelry('fast')

/** The problem table of the order system: each phrase, and a row that stands for it. */
const PROBLEMS: Readonly<Record<string, readonly string[]>> = {
  '1a session hangs on confirmation, the order exists, the customer makes another': ['shop-answers-too-late'],
  '1b put into the cart, kept in a cache that is then reset': ['shop-cart-reset'],
  '1c the page says created, nothing was saved': ['shop-forgets'],
  '2a no space left in storage': ['storage-full'],
  '2b upload takes too long and the session is dropped': ['storage-crawls'],
  '2c truncated or wrong file stored': ['storage-truncates-file', 'storage-swaps-file'],
  '3 trouble with the Shop DB by which the order is not saved': ['submit-not-committed', 'shop-db-refuses'],
  '3 the hand-off to CRM never happens': ['crm-reader-stops'],
  '4a order deleted or changed meanwhile, the result is not recorded': [
    'order-deleted-in-mes',
    'order-changed-by-hand',
    'price-not-stored',
  ],
  '4b calculation takes too long and never finishes': ['price-never-ends', 'price-too-slow'],
  '5a the price did not arrive through the queue': ['price-not-published', 'price-rejected', 'price-swallowed'],
  '5b the price did not reach the seller': ['price-not-shown', 'seller-list-stale'],
  '6a operator does not see the new order on a hanging start page': ['operators-page-hangs', 'operators-page-stale'],
  '6b order lost on the way from the queue into MES because MES is overloaded': ['orders-consumer-hangs'],
  '7a MES DB went down, data overwritten or not updated': [
    'mes-db-refuses',
    'mes-db-set-back',
    'click-not-stored',
    'crm-writes-old-status',
  ],
  '7b operator did something wrong in the page': ['operator-forgets-to-pack'],
  '8a operator forgot to change the status': ['operator-forgets-to-pack'],
  '8b system unavailable at that moment; order lost when the update was sent': ['mes-down at H10', 'status-wrong-key'],
  '9 human error in the page, unavailability, data loss': ['operator-forgets-to-send'],
  '10 the update did not reach CRM': ['carrier-says-nothing'],
  'any: dead-lettered': ['mes-rejects'],
  'any: unroutable': ['submitted-wrong-key'],
  'any: stuck unacknowledged': ['mes-never-settles'],
  'any: redelivered for ever': ['mes-requeues'],
  'any: consumed and silently swallowed': ['mes-swallows'],
  'any: CRM and MES disagree': ['crm-maps-wrong'],
  'a heavy model acknowledged only after pricing is priced again': ['mes-acknowledges-late'],
}

/** Codes no row of the drill can cause. */
const NOT_DRILLED: Readonly<Record<string, string>> = {
  'cleanup-leaked': 'test orders of the sandbox go with it; nothing is cleaned up',
}

describe('the rows of the drill', () => {
  it('have names of their own', () => {
    const names = rows.map(({ id }) => id)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('stand for every fault of the sandbox, and for no other', () => {
    const known = FAULTS.map(({ name }) => name).toSorted()
    expect([...Object.keys(EXPECTATIONS), ...Object.keys(INVENTED)].toSorted()).toEqual(known)
    expect(Object.keys(PLANS).filter((name) => !known.some((it) => it === name))).toEqual([])
    expect([...new Set(rows.flatMap(({ fault }) => fault ?? []))].toSorted()).toEqual(known)
  })

  it('know which faults were invented by somebody who had not read the rules', () => {
    const invented = rows.filter((row) => row.invented).map(({ fault }) => fault ?? '')
    expect(invented.toSorted()).toEqual(Object.keys(INVENTED).toSorted())
  })

  it('break only for what a fault may be switched on for', () => {
    const wrong = rows.filter(({ fault, scope }) => {
      const scopes: readonly string[] = FAULTS.find(({ name }) => name === fault)?.scopes ?? [scope]
      return !scopes.includes(scope)
    })
    expect(wrong.map(({ id }) => id)).toEqual([])
  })

  it.each(Object.entries(PROBLEMS))('stand for the problem “%s”', (_problem, wanted) => {
    const names = rows.map(({ id }) => id)
    expect(wanted.filter((id) => !names.some((name) => name === id || name.startsWith(`${id} at `)))).toEqual([])
  })

  it('stand for every hand-off of the contract', () => {
    const places = new Set(rows.map(({ at }) => at))
    expect(Object.keys(contract.handoffs).filter((handoff) => !places.has(handoff))).toEqual([])
  })

  it('name only places the order of their story passes', () => {
    const lost = rows.filter(({ at, story }) => {
      if (at === 'any' || at === 'monitor') return false
      const path = contract.flows[storyOf(story).flow]?.path ?? []
      return !path.some((step) => ('stage' in step ? step.stage : step.handoff) === at)
    })
    expect(lost.map(({ id }) => id)).toEqual([])
  })

  it('stand for every code a finding may have, but those no row can cause', () => {
    const caused = new Set<string>(rows.flatMap(({ finding }) => finding ?? []))
    expect(Object.keys(CLASS_OF).filter((code) => !caused.has(code))).toEqual(Object.keys(NOT_DRILLED))
  })
})
