import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { WaybillError } from '../../shared/errors.ts'
import type { Secret } from '../../shared/secret.ts'

/** Whether a request's `Authorization` header lets it in. */
export type Admits = (authorization: string | undefined) => boolean

const BEARER = 'bearer '
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Lets in whoever bears the token, everybody when there is none. The comparison takes the same time for every wrong token. */
export function createAdmission(token: Secret | undefined): Admits {
  if (token === undefined) return () => true
  const wanted = digest(token.reveal())
  return (authorization = '') => {
    const scheme = authorization.slice(0, BEARER.length).toLowerCase()
    return timingSafeEqual(digest(authorization.slice(BEARER.length).trim()), wanted) && scheme === BEARER
  }
}

/** Whether a host name or address can be reached from this machine only. */
function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

/** Throws when a listener others can reach would let everybody in. */
export function requireAuthentication(host: string, token: Secret | undefined): void {
  if (isLoopback(host) || token !== undefined) return
  throw new WaybillError({
    code: 'listener-needs-authentication',
    message: `The OTLP receiver may not listen on ${host} without a token: anybody there could tell it anything.`,
    place: host,
    hint: 'Give it a token (and a certificate), or let it listen on 127.0.0.1.',
  })
}

/** Says in one sentence why an address could not be listened on. */
export function listenError(protocol: string, host: string, port: number, cause: unknown): WaybillError {
  const text = cause instanceof Error ? cause.message : String(cause)
  const place = `${host}:${port}`
  if (text.includes('EADDRINUSE')) {
    return new WaybillError({
      code: 'port-in-use',
      message: `The OTLP receiver cannot listen for ${protocol}: port ${port} is taken by another program.`,
      place,
      hint: 'Stop that program, or give the receiver another port (0 for any free one).',
      cause,
    })
  }
  return new WaybillError({
    code: 'bad-configuration',
    message: `The OTLP receiver cannot listen for ${protocol}: ${text}.`,
    place,
    hint: 'Name an address of this machine and a port it may use.',
    cause,
  })
}
