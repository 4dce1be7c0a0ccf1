import type { z } from 'zod'
import { type ErrorCode, WaybillError } from '../shared/errors.ts'

/** One thing wrong in something a user wrote: where, what would be right, what is there. */
export interface Mistake {
  readonly path: string
  readonly expected: string
  readonly found: string
}

const SHOWN = 60
/** User and password of a URL, which may stand where something is wrong. */
const USER_INFO = /(:\/\/)[^/@\s"]*@/g

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  const whole =
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? String(value)
  const text = whole.replaceAll(USER_INFO, '$1[redacted]@')
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

const at = (input: unknown, path: readonly PropertyKey[]): unknown => {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

/** `stages.PRICE_CALCULATED.within`, `flows.customer.path[3].handoff`. */
const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')

const expectedOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_type')
    return issue.expected === 'record' ? 'an object' : `a value of type ${issue.expected}`
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ')
  if (issue.code === 'too_small') return `at least ${issue.minimum}${issue.origin === 'number' ? '' : ' of them'}`
  return issue.message.replace(/^Invalid (input|discriminator value)[:.] ?/, '').replace(/^[Ee]xpected /, '')
}

const mistakesOf = (issue: z.core.$ZodIssue, input: unknown): readonly Mistake[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), expected: 'no such key', found: 'it' }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const wanted = issue.errors.flatMap((branch) => branch.filter((inner) => inner.path.length === 0).map(expectedOf))
    const expected = wanted.length > 0 ? [...new Set(wanted)].join(' or ') : issue.message
    return [{ path: pathText(issue.path), expected, found: shown(at(input, issue.path)) }]
  }
  return [{ path: pathText(issue.path), expected: expectedOf(issue), found: shown(at(input, issue.path)) }]
}

/** Every issue of a failed parse, with the value that was found there. */
export const mistakesIn = (issues: readonly z.core.$ZodIssue[], input: unknown): readonly Mistake[] =>
  issues.flatMap((issue) => mistakesOf(issue, input))

const line = ({ path, expected, found }: Mistake): string =>
  `${path === '' ? 'it' : path}: expected ${expected}, found ${found}`

/** One error that names all mistakes at once. */
export function mistakesError(code: ErrorCode, place: string, mistakes: readonly Mistake[]): WaybillError {
  const many = mistakes.length === 1 ? 'One mistake' : `${mistakes.length} mistakes`
  return new WaybillError({
    code,
    place,
    message: `${many}:\n${mistakes.map((mistake) => `  ${line(mistake)}`).join('\n')}\n`,
    hint: `Correct ${mistakes.length === 1 ? 'it' : 'them'} and run again.`,
  })
}
