import type { Secret } from '../../shared/secret.ts'

/** How a database is reached. */
export interface DatabaseAccess {
  /** `postgres://user:password@host:port/database`, of a role that may only read. */
  readonly url: Secret
}
