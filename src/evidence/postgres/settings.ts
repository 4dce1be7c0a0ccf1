import type { Secret } from '../../shared/secret.ts'

/** How the rows of orders in one database are read, as one system's view of them. */
export interface RowsOfSystem {
  /** Name of the database; key of `databases`. */
  readonly database: string
  /** One SELECT; `$1` are order ids, `$2` external references, both `text[]`. */
  readonly query: string
  readonly columns: {
    readonly order: string
    readonly status: string
    readonly reference?: string
    readonly history?: string
    readonly content?: Readonly<Record<string, string>>
  }
  /** Other systems that show the same row. */
  readonly alsoShownBy?: readonly string[]
}

export interface DatabaseAccess {
  /** `postgres://user:password@host:port/database`, of a role that may only read. */
  readonly url: Secret
}
