import type { AttributeValue } from '../span.ts'

/** Which attributes of a claimed span are kept, and how much of each. */
export interface KeepRules {
  /** Longest string kept, in characters; the rest is cut. */
  readonly maxChars: number
  /** Longest database statement kept, in characters. */
  readonly maxStatementChars: number
  /** Most attributes kept of one span. */
  readonly maxAttributes: number
  /** Most elements kept of one array. */
  readonly maxElements: number
  /** Names never kept. A name that ends in `.` or `*` stands for everything that begins so. */
  readonly drop: readonly string[]
}

/** Bodies, parameters, credentials and stacks stay outside: they hold customers' data and nothing that tells where an order is. */
export const KEEP_DEFAULTS: KeepRules = {
  maxChars: 2048,
  maxStatementChars: 300,
  maxAttributes: 128,
  maxElements: 64,
  drop: [
    'exception.stacktrace',
    'code.stacktrace',
    'http.request.body',
    'http.request.body.content',
    'http.request.body.text',
    'http.response.body',
    'http.response.body.content',
    'http.response.body.text',
    'http.request.header.authorization',
    'http.request.header.cookie',
    'http.request.header.proxy-authorization',
    'http.response.header.set-cookie',
    'messaging.message.body',
    'messaging.message.payload',
    'messaging.body',
    'rpc.request.body',
    'rpc.response.body',
    'db.query.parameter.',
    'db.operation.parameter.',
    'db.statement.parameters',
    'db.postgresql.values',
    'url.query',
  ],
}

const MAX_NAME_CHARS = 256
const STATEMENTS = new Set(['db.query.text', 'db.statement'])
const URLS = new Set(['url.full', 'http.url', 'http.target', 'messaging.url', 'url.path', 'http.route'])

/** What is kept of one attribute; `undefined` when it stays outside. */
export type Keep = (name: string, value: AttributeValue) => AttributeValue | undefined

export function createKeep(rules: KeepRules): Keep {
  const names = new Set(rules.drop.filter((name) => !isPrefix(name)))
  const prefixes = rules.drop.filter(isPrefix).map((name) => (name.endsWith('*') ? name.slice(0, -1) : name))

  const cut = (name: string, text: string): string => {
    if (STATEMENTS.has(name)) return text.slice(0, rules.maxStatementChars)
    return (URLS.has(name) ? withoutQuery(text) : text).slice(0, rules.maxChars)
  }

  return (name, value) => {
    if (name.length > MAX_NAME_CHARS || names.has(name)) return undefined
    if (prefixes.some((prefix) => name.startsWith(prefix))) return undefined
    if (typeof value === 'string') return cut(name, value)
    if (typeof value === 'number' || typeof value === 'boolean') return value
    return value
      .slice(0, rules.maxElements)
      .map((element) => (typeof element === 'string' ? cut(name, element) : element))
  }
}

const isPrefix = (name: string): boolean => name.endsWith('.') || name.endsWith('*')

const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i

/** A URL or path without user, password, query and fragment: all four may name a customer. */
function withoutQuery(url: string): string {
  const cut = url.search(/[?#]/)
  return (cut === -1 ? url : url.slice(0, cut)).replace(USER_INFO, '$1')
}
