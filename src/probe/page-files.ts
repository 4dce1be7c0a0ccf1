import type { Request } from 'playwright/test'
import { contentTypeOf } from './model-type.ts'
import type { FileDigest } from './sent-file.ts'

/** A file the probe made. */
export interface MadeFile extends FileDigest {
  readonly path: string
}

/** Room for the parts around a file in a form. */
const MOST_AROUND_BYTES = 16 * 1024

/**
 * The content type under which a page's request carried the file, if it did: alone, as long as the file itself, or as part of a form that is little
 * longer. Null for any other request. Where nothing tells a length, a body of the file's own type is taken for it.
 */
export async function sentTypeOf(request: Request, file: MadeFile): Promise<string | null> {
  const headers = await request.allHeaders().catch((): Record<string, string> => ({}))
  const type = headers['content-type'] ?? ''
  const usual = contentTypeOf(file.path)
  const bytes = await bodyBytesOf(request, headers)
  if (bytes === null) return type === usual ? type : null
  if (bytes === file.bytes && type !== '') return type
  const around = bytes - file.bytes
  return type.startsWith('multipart/') && around > 0 && around < MOST_AROUND_BYTES ? usual : null
}

/**
 * Of a request that passed through our hands the browser tells no length, and Playwright none of one that did not, nor of a body over 64 KB: null where
 * neither does.
 */
async function bodyBytesOf(request: Request, headers: Readonly<Record<string, string>>): Promise<number | null> {
  const told = headers['content-length']
  if (told !== undefined) return Number(told)
  const sizes = await request.sizes().catch(() => null)
  return sizes === null || sizes.requestBodySize === 0 ? null : sizes.requestBodySize
}
