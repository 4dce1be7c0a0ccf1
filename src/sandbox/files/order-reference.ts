import { names } from '../names/names.ts'

/** Under which name an object's metadata keep the reference of its order, percent-encoded. */
export const REFERENCE_METADATA = names.storage.say('order-reference')
