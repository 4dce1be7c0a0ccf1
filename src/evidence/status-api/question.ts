import { validateHeaderName, validateHeaderValue } from 'node:http'
import { WaybillError } from '../../shared/errors.ts'
import { redactUrl } from '../../shared/secret.ts'
import type { StatusApiSystem } from './settings.ts'

const PLACEHOLDER = '{order}'
const LONGEST_ORDER_ID = 512

/** Checks the settings of one system once, so that no poll can fail for them; throws `bad-configuration`. */
export function checkSystem(name: string, system: StatusApiSystem): void {
  const bad = (field: string, expected: string, actual: string) =>
    new WaybillError({
      code: 'bad-configuration',
      place: `status API of ${name}, ${field}`,
      message: 'This system cannot be asked.',
      expected,
      actual,
      hint: 'Mend the configuration file.',
    })
  const base = URL.parse(system.url)
  if (base === null || !/^https?:$/.test(base.protocol) || base.search !== '' || base.hash !== '') {
    throw bad('url', 'an http or https address without query', redactUrl(system.url))
  }
  if (!/^\/[\x21-\x7e]*$/.test(system.path) || !system.path.includes(PLACEHOLDER)) {
    throw bad('path', `a path such as /api/orders/${PLACEHOLDER}`, JSON.stringify(system.path))
  }
  if (system.status === '') throw bad('status', 'the name of a field of the answer', 'nothing')
  if (system.history !== undefined && !/^[^[\]]+(\[\]\.[^[\]]+)?$/.test(system.history)) {
    throw bad(
      'history',
      'the name of a field, or a list and the field in each entry (history[].status)',
      system.history,
    )
  }
  for (const [header, value] of Object.entries(system.headers ?? {})) {
    try {
      validateHeaderName(header)
      validateHeaderValue(header, value.reveal())
    } catch {
      throw bad(`header ${JSON.stringify(header)}`, 'a header that HTTP allows', 'characters it does not')
    }
  }
}

/**
 * The path of the question about one order, or null when this id cannot be asked about: order ids are foreign text, and
 * one made of dots would lead to another path.
 */
export function questionPath(system: StatusApiSystem, orderId: string): string | null {
  if (orderId.length > LONGEST_ORDER_ID || /^\.*$/.test(orderId)) return null
  const prefix = new URL(system.url).pathname.replace(/\/+$/, '')
  return prefix + system.path.replaceAll(PLACEHOLDER, () => encodeURIComponent(orderId.toWellFormed()))
}
