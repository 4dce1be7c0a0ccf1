import { describe, expect, test } from 'vitest'
import type { Contract } from '../../../src/contract/contract.ts'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import { fileCorrupted } from '../../../src/diagnosis/rules/file-corrupted.ts'
import { fileMissing } from '../../../src/diagnosis/rules/file-missing.ts'
import { fileWrongType } from '../../../src/diagnosis/rules/file-wrong-type.ts'
import { orderNotPlaced } from '../../../src/diagnosis/rules/order-not-placed.ts'
import { uploadFailed } from '../../../src/diagnosis/rules/upload-failed.ts'
import { type Baking, bakeCake, fileChecked, fileSent, nothingStored } from '../../support/bake-cake.ts'
import { cakeShop } from '../../support/cake-shop.ts'
import { everSaid, judgeBy } from '../../support/judge-by.ts'

const RULES = [fileMissing, fileCorrupted, fileWrongType]
type Checked = Parameters<typeof fileChecked>[2]

/** A cake whose photo is looked at in storage every half second. */
function stored(checked: (ms: number) => Checked, sent = true) {
  const story = bakeCake()
  if (sent) fileSent(story, 195)
  for (let ms = 300; ms < 4_500; ms += 500) fileChecked(story, ms, checked(ms))
  return story
}

describe('a file in storage', () => {
  const table: readonly { how: string; checked: (ms: number) => Checked; places: readonly string[] }[] = [
    { how: 'as it was sent', checked: () => ({}), places: [] },
    { how: 'as it was sent, of which only size and beginning are told', checked: () => ({ sha256: null }), places: [] },
    { how: 'that comes to be listed late', checked: (ms) => (ms < 400 ? nothingStored : {}), places: [] },
    { how: 'that is put away when all is done', checked: (ms) => (ms > 5_050 ? nothingStored : {}), places: [] },
    {
      how: 'beside a thumbnail',
      checked: (ms) => (ms % 1_000 === 300 ? { object: '1001/small.png', bytes: 90, sha256: 'c'.repeat(64) } : {}),
      places: [],
    },
    { how: 'under its type with a parameter', checked: () => ({ type: 'Image/PNG; charset=binary' }), places: [] },
    { how: 'of which no type is told', checked: () => ({ type: null }), places: [] },
    { how: 'that is not there', checked: () => nothingStored, places: ['file-missing C2 PHOTO'] },
    {
      how: 'that was there and is lost',
      checked: (ms) => (ms > 2_000 ? nothingStored : {}),
      places: ['file-missing C2 PHOTO'],
    },
    { how: 'cut off', checked: () => ({ bytes: 2_000, sha256: null }), places: ['file-corrupted C2 PHOTO'] },
    {
      how: 'that cannot be read to its end',
      checked: () => ({ outcome: 'incomplete', sha256: null }),
      places: ['file-corrupted C2 PHOTO'],
    },
    {
      how: 'swapped for one of the same size',
      checked: () => ({ sha256: 'd'.repeat(64) }),
      places: ['file-corrupted C2 PHOTO'],
    },
    {
      how: 'whose beginning alone tells',
      checked: () => ({ sha256: null, headSha256: 'd'.repeat(64) }),
      places: ['file-corrupted C2 PHOTO'],
    },
    {
      how: 'under another type',
      checked: () => ({ type: 'binary/octet-stream' }),
      places: ['file-wrong-type C2 PHOTO'],
    },
  ]
  test.each(table)('$how', ({ checked, places }) => {
    expect(everSaid(RULES, cakeShop, stored(checked))).toEqual(places)
  })
  describe('that is taken from storage by another system', () => {
    const taken: Contract = {
      ...cakeShop,
      handoffs: {
        ...cakeShop.handoffs,
        C8: { kind: 'storage', from: 'kitchen', to: 'store', bucket: 'photos', operation: 'get', within: '5 s' },
      },
      flows: {
        cake: {
          bornIn: 'shop',
          path: (cakeShop.flows.cake?.path ?? []).flatMap((step) =>
            'stage' in step && step.stage === 'PRICED' ? [{ handoff: 'C8' }, step] : [step],
          ),
        },
      },
    }
    test('and lost after that is lost there', () => {
      const story = stored((ms) => (ms > 2_000 ? nothingStored : {}))
      expect(everSaid(RULES, taken, story)).toEqual(['file-missing C8 PRICED'])
    })
    test('and was never seen at all is lost at its upload', () => {
      expect(
        everSaid(
          RULES,
          taken,
          stored(() => nothingStored),
        ),
      ).toEqual(['file-missing C2 PHOTO'])
    })
  })
  test('sent anew is right as either', () => {
    const story = stored(() => ({ bytes: 7, sha256: 'e'.repeat(64), headSha256: 'f'.repeat(64) }))
    fileSent(story, 160, { bytes: 7, sha256: 'e'.repeat(64), headSha256: 'f'.repeat(64) })
    expect(everSaid(RULES, cakeShop, story)).toEqual([])
  })
  test('of which nobody knows what was sent is only missed, never called wrong', () => {
    expect(
      everSaid(
        RULES,
        cakeShop,
        stored(() => ({ bytes: 1, type: 'text/plain' }), false),
      ),
    ).toEqual([])
    expect(
      everSaid(
        RULES,
        cakeShop,
        stored(() => nothingStored, false),
      ),
    ).toEqual(['file-missing C2 PHOTO'])
  })
  test('that nobody looks for is listed as unchecked, once', () => {
    const story = bakeCake()
    fileSent(story, 195)
    const unchecked = RULES.flatMap((rule) => judgeBy(rule, cakeShop, story, 20_000).unchecked)
    expect(unchecked.map(({ code, handoff }) => `${code} ${handoff}`)).toEqual(['file-missing C2', 'file-corrupted C2'])
  })
  test('is waited for where storage is looked into', () => {
    const story = bakeCake()
    fileSent(story, 195)
    fileChecked(story, 150, nothingStored)
    expect(judgeBy(fileMissing, cakeShop, story, 5_000).pending).toHaveLength(1)
    expect(judgeBy(fileMissing, cakeShop, story, 20_000)).toMatchObject({ unchecked: [{ code: 'file-missing' }] })
  })
})

describe('an upload', () => {
  const stopped = (status: number, more: Partial<Baking> = {}): Baking => ({
    spans: false,
    shown: { shop: [['PLACED', 100]], kitchen: [], desk: [] },
    requests: {
      '/orders/1001/photo': status,
      '/orders/1001/bake': null,
      '/orders/1001/ice': null,
      '/orders/1001/give': null,
    },
    ended: 'order-stopped',
    ...more,
  })
  test.each([500, 507, 413, 0])('that got %i failed at its hand-off, and no placing did', (status) => {
    expect(everSaid([uploadFailed, orderNotPlaced], cakeShop, bakeCake(stopped(status)))).toEqual([
      'upload-failed C2 PHOTO',
    ])
  })
  test.each([400, 401, 415])('that got %i was refused for what it was', (status) => {
    expect(everSaid([uploadFailed, orderNotPlaced], cakeShop, bakeCake(stopped(status)))).toEqual([
      'order-not-placed C2 PHOTO',
    ])
  })
  test('that failed before another succeeded is no finding', () => {
    const story = bakeCake()
    story.request('customer', 'shop', 'PUT /orders/1001/photo', 120, 140, 500)
    expect(everSaid([uploadFailed, orderNotPlaced], cakeShop, story)).toEqual([])
  })
  test('whose file came after its sender had been failed and gone has failed', () => {
    const story = bakeCake(stopped(0, { shown: { kitchen: [], desk: [] } }))
    expect(everSaid(uploadFailed, cakeShop, story)).toEqual(['upload-failed C2 PHOTO'])
  })
  test('that succeeded once has not failed, whatever its sender did after that', () => {
    const story = bakeCake(stopped(200, { shown: { kitchen: [], desk: [] } }))
    story.request('customer', 'shop', 'PUT /orders/1001/photo', 300, 400, 500)
    expect(everSaid(uploadFailed, cakeShop, story)).toEqual([])
  })
  test('breaks the order there and nowhere else', () => {
    const story = bakeCake(stopped(507))
    const { evidence, now } = story.known(29_000)
    const breaks = evaluate(cakeShop, story.order, evidence, now).findings.filter(
      ({ severity }) => severity === 'broken',
    )
    expect(breaks.map(({ code, handoff }) => `${code} ${handoff}`)).toEqual(['upload-failed C2'])
  })
  test('of which only the owner’s own error tells failed at its deadline', () => {
    const story = bakeCake({
      shown: { shop: [['PLACED', 100]], kitchen: [], desk: [] },
      requests: {
        '/orders/1001/photo': null,
        '/orders/1001/bake': null,
        '/orders/1001/ice': null,
        '/orders/1001/give': null,
      },
    })
    const put = (ms: number, error?: string) =>
      story.span({
        service: 'shop',
        name: 'S3.PutObject',
        kind: 'client',
        from: ms,
        to: ms + 20,
        attributes: { 'order.id': '1001', 'rpc.service': 'S3', 'rpc.method': 'PutObject', 'aws.s3.bucket': 'photos' },
        ...(error === undefined ? {} : { error }),
      })
    put(150, 'no space left')
    expect(everSaid(uploadFailed, cakeShop, story)).toEqual(['upload-failed C2 PHOTO'])
    put(400)
    expect(everSaid(uploadFailed, cakeShop, story)).toEqual([])
  })
})
