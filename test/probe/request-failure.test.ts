import { describe, expect, it } from 'vitest'
import { classifyBrowserError, classifyFetchError, sayRequest } from '../../src/probe/request-failure.ts'

const fetchFailed = (code: string): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

describe('why no answer came', () => {
  it.each([
    [fetchFailed('ECONNREFUSED'), 'refused'],
    [fetchFailed('ENOTFOUND'), 'refused'],
    [fetchFailed('ECONNRESET'), 'reset'],
    [fetchFailed('UND_ERR_SOCKET'), 'reset'],
    [fetchFailed('UND_ERR_HEADERS_TIMEOUT'), 'timeout'],
    [new DOMException('late', 'TimeoutError'), 'timeout'],
    ['something odd', 'reset'],
  ])('is read from what fetch threw: %s', (thrown, expected) => {
    expect(classifyFetchError(thrown)).toBe(expected)
  })

  it.each([
    ['net::ERR_CONNECTION_REFUSED', 'refused'],
    ['net::ERR_NAME_NOT_RESOLVED', 'refused'],
    ['net::ERR_CONNECTION_RESET', 'reset'],
    ['net::ERR_EMPTY_RESPONSE', 'reset'],
    ['net::ERR_TIMED_OUT', 'timeout'],
    ['net::ERR_ABORTED', 'timeout'],
  ])("is read from the browser's words: %s", (words, expected) => {
    expect(classifyBrowserError(words)).toBe(expected)
  })

  it('is said in one sentence that names the request', () => {
    const request = { system: 'shop', method: 'POST', path: '/api/orders' }
    expect(sayRequest({ ...request, httpStatus: null, failure: 'refused' })).toBe(
      'shop could not be reached for POST /api/orders.',
    )
    expect(sayRequest({ ...request, httpStatus: 409, failure: null, detail: 'no model' })).toBe(
      'shop answered 409 to POST /api/orders (no model).',
    )
  })
})
