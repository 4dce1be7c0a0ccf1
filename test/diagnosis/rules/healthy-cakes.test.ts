import { describe, expect, test } from 'vitest'
import type { Rule } from '../../../src/diagnosis/rule.ts'
import { fileCorrupted } from '../../../src/diagnosis/rules/file-corrupted.ts'
import { fileMissing } from '../../../src/diagnosis/rules/file-missing.ts'
import { fileWrongType } from '../../../src/diagnosis/rules/file-wrong-type.ts'
import { hopSlow } from '../../../src/diagnosis/rules/hop-slow.ts'
import { notVisible } from '../../../src/diagnosis/rules/not-visible.ts'
import { orderChanged } from '../../../src/diagnosis/rules/order-changed.ts'
import { orderDeleted } from '../../../src/diagnosis/rules/order-deleted.ts'
import { orderDuplicated } from '../../../src/diagnosis/rules/order-duplicated.ts'
import { priceWrong } from '../../../src/diagnosis/rules/price-wrong.ts'
import { statusMismatch } from '../../../src/diagnosis/rules/status-mismatch.ts'
import { statusReordered } from '../../../src/diagnosis/rules/status-reordered.ts'
import { statusReverted } from '../../../src/diagnosis/rules/status-reverted.ts'
import { statusSkipped } from '../../../src/diagnosis/rules/status-skipped.ts'
import { uploadFailed } from '../../../src/diagnosis/rules/upload-failed.ts'
import { type Baking, bakeCake, fileChecked, fileSent, HEALTHY, type Look, looked } from '../../support/bake-cake.ts'
import { cakeShop } from '../../support/cake-shop.ts'
import { everSaid } from '../../support/judge-by.ts'

const RULES: readonly Rule[] = [
  orderDeleted,
  orderChanged,
  uploadFailed,
  fileMissing,
  fileCorrupted,
  fileWrongType,
  priceWrong,
  statusReverted,
  statusReordered,
  statusSkipped,
  statusMismatch,
  notVisible,
  orderDuplicated,
  hopSlow,
]

const statusAt = (system: string, ms: number): string | null =>
  (HEALTHY[system] ?? []).findLast(([, at]) => at <= ms)?.[0] ?? null

/** A copy behind the same address that is `behindMs` late answers every other question. */
const staleCopy =
  (behindMs: number): NonNullable<Baking['finds']> =>
  (system, _source, ms): Look | undefined =>
    Math.floor(ms / 200) % 2 === 0 ? { status: statusAt(system, ms - behindMs) } : undefined

const HEALTHY_CAKES: readonly { readonly how: string; readonly baking: Baking }[] = [
  { how: 'told by spans and answers', baking: {} },
  { how: 'told by answers with their history', baking: { spans: false, history: true } },
  { how: 'told by rows and answers, the rows ahead', baking: { sources: ['status-api', 'postgres'] } },
  {
    how: 'with the kitchen’s clock 90 s behind',
    baking: { clock: (instance) => (instance === 'kitchen/1' ? -90_000 : 0) },
  },
  {
    how: 'with the kitchen’s clock set back in mid-order',
    baking: { clock: (instance, ms) => (instance === 'kitchen/1' && ms > 3_500 ? -40_000 : 0) },
  },
  { how: 'with spans that come 5 s late', baking: { delayMs: () => 5_000 } },
  { how: 'asked so seldom that statuses are missed', baking: { everyMs: 2_300, spans: false } },
  { how: 'with a copy of each system that is a second behind', baking: { finds: staleCopy(1_000) } },
  { how: 'read in turn from a database and its copy', baking: { sources: ['postgres'], finds: staleCopy(400) } },
  {
    how: 'with a kitchen that knows nothing for a second while it is started anew',
    baking: {
      finds: (system, _source, ms) => (system === 'kitchen' && ms > 2_000 && ms < 3_000 ? { status: null } : undefined),
    },
  },
  {
    how: 'with a kitchen whose door answers 404 for five seconds',
    baking: {
      finds: (system, _source, ms) => (system === 'kitchen' && ms > 3_200 && ms < 8_200 ? { status: null } : undefined),
    },
  },
  {
    how: 'put away everywhere once it is given',
    baking: {
      sources: ['status-api', 'postgres'],
      finds: (_system, _source, ms) => (ms > 6_000 ? { status: null } : undefined),
    },
  },
  {
    how: 'put away in the shop once the kitchen has it',
    baking: {
      sources: ['status-api', 'postgres'],
      finds: (system, _source, ms) => (system === 'shop' && ms > 1_000 ? { status: null } : undefined),
    },
  },
  {
    how: 'with a history that forgets its beginning',
    baking: {
      spans: false,
      finds: (system, _source, ms) =>
        system === 'kitchen' && ms > 4_000 ? { status: 'ICED', history: ['BAKED', 'ICED'] } : undefined,
    },
  },
  {
    how: 'with statuses of the kitchen’s own in its history',
    baking: {
      spans: false,
      finds: (system, _source, ms) =>
        system === 'kitchen' && ms > 4_000
          ? { status: 'ICED', history: ['new', 'PRICED', 'cooling', 'BAKED', 'cooling', 'ICED', 'ICED'] }
          : undefined,
    },
  },
]

describe('nothing is wrong with a cake', () => {
  test.each(HEALTHY_CAKES)('$how', ({ baking }) => {
    const story = bakeCake(baking)
    fileSent(story, 205)
    for (let ms = 150; ms < 5_000; ms += 300) fileChecked(story, ms, ms < 200 ? { bytes: 900, sha256: null } : {})
    for (let ms = 1_000; ms < 3_000; ms += 400) looked(story, ms, ms < 1_700 ? 'not-shown' : 'shown')
    expect(everSaid(RULES, cakeShop, story, 29_000, 1_750)).toEqual([])
  })
})

test('each rule names its own code and the witnesses that prove it', () => {
  for (const { provenBy } of RULES) expect(provenBy.length).toBeGreaterThan(0)
  expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length)
})
