import { expect, it } from 'vitest'
import { bindingMatches, type ExchangeType } from '../../../src/evidence/rabbitmq/routing.ts'

const CASES: readonly (readonly [ExchangeType, string, string, boolean])[] = [
  ['direct', 'a.b', 'a.b', true],
  ['direct', 'a.*', 'a.b', false],
  ['fanout', '', 'anything', true],
  ['topic', 'a.*', 'a.b', true],
  ['topic', 'a.*', 'a.b.c', false],
  ['topic', 'a.*', 'a', false],
  ['topic', 'a.#', 'a', true],
  ['topic', 'a.#.d', 'a.b.c.d', true],
  ['topic', 'a.#.d', 'a.b.c', false],
  ['topic', '#', '', true],
  ['topic', '#.#.#.#.#.#.#.#.#.x', Array.from({ length: 30 }, () => 'w').join('.'), false],
]

it.each(CASES)('a %s exchange routes, by a binding with %j, a message with %j: %s', (type, binding, key, routes) => {
  expect(bindingMatches(type, binding, key)).toBe(routes)
})
