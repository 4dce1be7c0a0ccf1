import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { names } from '../names/names.ts'

const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
} as const
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'"

/** The files of one page, next to whoever serves it. */
export interface Page {
  readonly html: URL
  readonly script: URL
}

const STYLE = new URL('./page.css', import.meta.url)

/** Serves a plain page at `/` with its script and the common style; read once, nothing is built. */
export async function servePage(server: FastifyInstance, { html, script }: Page): Promise<void> {
  const files = [
    { path: '/', file: html, type: TYPES.html },
    { path: '/page.js', file: script, type: TYPES.js },
    { path: '/page.css', file: STYLE, type: TYPES.css },
  ]
  for (const { path, file, type } of files) {
    const content = names.page(await readFile(file, 'utf8'))
    server.get(path, async (_, reply) =>
      reply.type(type).headers({ 'content-security-policy': POLICY, 'cache-control': 'no-cache' }).send(content),
    )
  }
}
