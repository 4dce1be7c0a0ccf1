import type { ConfigFile } from './schema.ts'

export { Secret } from '../shared/secret.ts'
export type { ConfigFile } from './schema.ts'

/** A configuration as a user writes it, completed by the editor; it is checked again when it is loaded. */
export const config = (it: ConfigFile): ConfigFile => it
