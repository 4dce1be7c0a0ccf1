import { expect, test } from 'vitest'
import { assemble } from '../../src/journey/assemble.ts'
import { bakeCake } from '../support/bake-cake.ts'
import { cakeShop } from '../support/cake-shop.ts'

/** The client's own span and that of its request, begun in one millisecond; the ids decide which is found first. */
const upload = (ownFirst: boolean) => {
  const story = bakeCake()
  const common = { service: 'shop', kind: 'client', from: 160, to: 190 } as const
  const own = () =>
    story.span({
      ...common,
      name: 'S3.PutObject',
      attributes: { 'order.id': '1001', 'rpc.service': 'S3', 'rpc.method': 'PutObject', 'aws.s3.bucket': 'photos' },
    })
  const request = () =>
    story.span({
      ...common,
      name: 'PUT',
      attributes: { 'order.id': '1001', 'http.request.method': 'PUT', 'url.path': '/photos/1001.png' },
    })
  for (const tell of ownFirst ? [own, request] : [request, own]) tell()
  return story
}

test.each([true, false])(
  'a file is moved by the storage client’s own span, not by the request below it',
  (ownFirst) => {
    const story = upload(ownFirst)
    const { path } = assemble(cakeShop, story.order, story.known(25_000).evidence)
    const moved = path.flatMap((found) =>
      'crossing' in found && found.step.spec.kind === 'storage' ? (found.crossing.sender?.span.name ?? null) : [],
    )
    expect(moved).toEqual(['S3.PutObject'])
  },
)
