import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ObjectStore } from './object-store.ts'
import type { SignedRequest } from './signature.ts'
import { refusal } from './storage-error.ts'
import type { Uploads } from './uploads.ts'
import { type XmlNode, xmlDocument } from './xml.ts'

/** One verified request and what it is answered from. */
export interface Context {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly signed: SignedRequest
  readonly bucket: string
  readonly key: string
  readonly query: URLSearchParams
  readonly store: ObjectStore
  readonly uploads: Uploads
  readonly region: string
  readonly nowMs: () => number
  /** The body's raw bytes; reading the first is what lets a client that waits for `100 Continue` send it. */
  body(): AsyncIterable<Buffer>
}

const XML_LIMIT_BYTES = 2 * 1024 * 1024

/** Answers with an XML document. */
export function sendXml(context: Context, root: string, children: readonly XmlNode[]): void {
  const text = xmlDocument(root, children)
  context.response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(text) })
  context.response.end(context.request.method === 'HEAD' ? undefined : text)
}

/** Answers without a body. */
export function sendEmpty(context: Context, status: number, headers: Readonly<Record<string, string>> = {}): void {
  context.response.writeHead(status, { ...(status === 204 ? {} : { 'content-length': '0' }), ...headers })
  context.response.end()
}

/** Reads a small XML body whole; a large one, or one with a document type, is refused. */
export async function readXml(bytes: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > XML_LIMIT_BYTES) throw refusal.tooLarge(XML_LIMIT_BYTES)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (text.includes('<!DOCTYPE')) throw refusal.invalidRequest('The XML must not have a document type.')
  return text
}
