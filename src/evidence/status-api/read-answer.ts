import type { StatusApiSystem } from './settings.ts'

/** What an HTTP answer says about the order. */
export type Reading =
  | {
      readonly says: 'status'
      readonly status: string
      readonly history: readonly string[] | null
      /** Null where the answer tells none. */
      readonly reference: string | null
      readonly content: Readonly<Record<string, string>>
    }
  | { readonly says: 'no-such-order' }
  | { readonly says: 'error'; readonly detail: string }
  | { readonly says: 'nonsense'; readonly detail: string }

const NOT_FOUND: readonly number[] = [404]

/** Reads a whole answer. Redirects are not followed: the headers may hold secrets meant for one host only. */
export function readAnswer(system: StatusApiSystem, httpStatus: number, body: string): Reading {
  if ((system.notFound ?? NOT_FOUND).includes(httpStatus)) return { says: 'no-such-order' }
  if (httpStatus >= 400) return { says: 'error', detail: `answered HTTP ${httpStatus}` }
  if (httpStatus < 200 || httpStatus >= 300) {
    return { says: 'nonsense', detail: `answered HTTP ${httpStatus} where a status was expected` }
  }
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return { says: 'nonsense', detail: 'answered something that is no JSON' }
  }
  const status = fieldOf(answer, system.status)
  if (typeof status !== 'string' || status === '') {
    return {
      says: 'nonsense',
      detail: `answered JSON whose field "${system.status}" is ${typeName(status)}, no status`,
    }
  }
  const history = system.history === undefined ? undefined : historyOf(answer, system.history)
  const content = contentOf(answer, system.content ?? {})
  const borne = system.reference === undefined ? undefined : fieldOf(answer, system.reference)
  const reference = typeof borne === 'string' ? borne : null
  if (history === undefined || history === null) return { says: 'status', status, history: null, reference, content }
  if (!isTextList(history)) {
    return { says: 'nonsense', detail: `answered JSON whose field "${system.history}" is no list of statuses` }
  }
  return { says: 'status', status, history, reference, content }
}

const fieldOf = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, name) => {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, name)) return undefined
    return Reflect.get(inner, name)
  }, value)

/** The list itself, or what lies at the inner path in each of its entries. */
const historyOf = (answer: unknown, path: string): unknown => {
  const [list = '', entry] = path.split('[].')
  const entries = fieldOf(answer, list)
  return entry === undefined || !Array.isArray(entries) ? entries : entries.map((each) => fieldOf(each, entry))
}

/** Values as every source writes them; a field that is null or not there tells nothing. */
const contentOf = (answer: unknown, fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const values = Object.entries(fields).flatMap(([name, path]) => {
    const value = fieldOf(answer, path)
    if (value === undefined || value === null) return []
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const]
  })
  return Object.fromEntries(values)
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string')

const typeName = (value: unknown): string => {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'empty'
  return `a ${Array.isArray(value) ? 'list' : typeof value}`
}
