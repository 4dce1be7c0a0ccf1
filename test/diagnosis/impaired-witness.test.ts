import { describe, expect, test } from 'vitest'
import { followWorld } from '../support/follow-world.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { createWorld, type Trouble, type WorldOptions } from '../support/world.ts'

const contract = jewelryToldBriefly('fast')

/** What each trouble is, in full: the verdict, and for a break the stage it keeps from coming and the link where it lies. */
const TRUTH: readonly { trouble: Trouble; verdict: string; stage?: string; places?: readonly string[] }[] = [
  { trouble: 'none', verdict: 'passed' },
  { trouble: 'work throws once', verdict: 'passed' },
  { trouble: 'create fails once', verdict: 'passed' },
  { trouble: 'create fails', verdict: 'broken', stage: 'INITIATED', places: ['H1'] },
  { trouble: 'create forgets', verdict: 'broken', stage: 'INITIATED', places: ['H1'] },
  { trouble: 'submit forgets', verdict: 'broken', stage: 'SUBMITTED', places: ['H3'] },
  { trouble: 'reader stops', verdict: 'broken', stage: 'PRICE_CALCULATED', places: ['H4'] },
  { trouble: 'taken, not published', verdict: 'broken', stage: 'PRICE_CALCULATED', places: ['H5'] },
  { trouble: 'receiver down', verdict: 'broken', stage: 'PRICE_CALCULATED', places: ['H5'] },
  { trouble: 'receiver deaf', verdict: 'broken', stage: 'PRICE_CALCULATED', places: ['H5'] },
  { trouble: 'work throws', verdict: 'broken', stage: 'PRICE_CALCULATED', places: [] },
  { trouble: 'work hangs', verdict: 'broken', stage: 'PRICE_CALCULATED', places: ['H6'] },
  { trouble: 'result not stored', verdict: 'broken', stage: 'PRICE_CALCULATED', places: [] },
  { trouble: 'price news lost', verdict: 'broken', stage: 'PRICE_CALCULATED', places: ['H7'] },
  { trouble: 'approval not stored', verdict: 'broken', stage: 'MANUFACTURING_APPROVED', places: ['H8'] },
  { trouble: 'operator forgets', verdict: 'broken', stage: 'PACKAGING', places: ['H10'] },
]

const IMPAIRED: readonly { how: string; options: Partial<WorldOptions> }[] = [
  { how: 'spans up to three seconds late', options: { exportDelayMs: 3_000 } },
  { how: 'no status API', options: { statusApi: false } },
  { how: 'no spans', options: { spans: false, history: true } },
  { how: 'the MES exporter frozen in mid-order', options: { frozen: { service: 'mes-api', fromMs: 300 } } },
  {
    how: 'the CRM exporter frozen in mid-order',
    options: { frozen: { service: 'crm-api', fromMs: 250 }, history: true },
  },
]

describe.each(IMPAIRED)('with $how', ({ options }) => {
  test.each(TRUTH)(
    '$trouble is $verdict or inconclusive, and a break is placed right',
    ({ trouble, verdict, stage, places }) => {
      const evaluation = followWorld(contract, createWorld({ seed: 11, trouble, ...options }), 400)
      expect([verdict, 'inconclusive'], evaluation.reason).toContain(evaluation.verdict)
      const breaks = evaluation.findings.filter(({ severity }) => severity === 'broken')
      for (const found of breaks) {
        expect(found.stage).toBe(stage)
        expect([null, ...(places ?? [])]).toContain(found.handoff)
      }
    },
  )
})
