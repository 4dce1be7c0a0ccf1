import type { Words } from './dictionary.ts'

/** What the order system calls everything it lets be seen, by where it is seen. A name that is not listed is its own. */
export interface NameTable {
  readonly services: Words
  readonly statuses: Words
  /** Exchanges, queues, routing keys, and what spans are called: words between dots. */
  readonly talk: Words
  /** Headers of messages. */
  readonly messageHeaders: Words
  /** Fields of what services answer, are sent, and tell each other. */
  readonly fields: Words
  /** Segments of paths, and parameters of queries. */
  readonly paths: Words
  /** Headers of requests, in lower case. */
  readonly requestHeaders: Words
  /** Databases, roles, tables, columns, types. */
  readonly sql: Words
  /** Attributes of spans. */
  readonly attributes: Words
  /** Buckets, folders and metadata of the file storage. */
  readonly storage: Words
  /** What the scripts and documents of the pages hold, word for word. */
  readonly pages: Words
}

/** The names of docs/sandbox.md. */
export const USUAL: NameTable = {
  services: {},
  statuses: {},
  talk: {},
  messageHeaders: {},
  fields: {},
  paths: {},
  requestHeaders: {},
  sql: {},
  attributes: {},
  storage: {},
  pages: {},
}
