import type { Secret } from '../../shared/secret.ts'

/** Where an order's file lies. */
export interface StoredFile {
  /** The bucket, as the contract calls it. */
  readonly bucket: string
  /** A key, or a prefix that ends with `/`, with `{order}` and `{reference}`. */
  readonly object: string
  /** Flows whose orders have such a file. */
  readonly flows: readonly string[]
}

/** How the storage server is reached; what is left out comes from the standard AWS places (environment, profile, role). */
export interface StorageAccess {
  readonly endpoint?: string
  readonly region?: string
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: Secret }
  /** Buckets in the address's path instead of its host name, as most servers other than Amazon's want it. */
  readonly pathStyle?: boolean
  /** The server's own names of buckets, by the contract's. */
  readonly buckets?: Readonly<Record<string, string>>
}
