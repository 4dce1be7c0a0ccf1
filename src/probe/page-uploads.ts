/** The function a page calls around a large upload; returns the headers the upload must carry. */
export const UPLOAD_BINDING = '__waybillUpload'

/** Bodies from this size on bypass interception. */
const LARGE_BYTES = 1_048_576

/**
 * Runs in every page before its own scripts. Interception of a request hands its whole body to the test runner, which a
 * model of 200 MB does not survive; so a large body is announced first, interception rests meanwhile, and the marks are
 * set here, also on what the page asks until interception is back. Everything else passes through untouched. To another origin no header is added: that would change what the
 * browser asks of it (a preflight), and so break a page that works.
 */
export const UPLOAD_SCRIPT = `(() => {
  const sizeOf = (body) => {
    if (body instanceof Blob) return body.size
    if (body instanceof FormData) return [...body.values()].reduce((sum, part) => sum + (part.size ?? 0), 0)
    if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength
    return typeof body === 'string' ? body.length : 0
  }
  let resting = 0
  const passes = (body) => resting === 0 && sizeOf(body) < ${LARGE_BYTES}
  const begin = async (to) => {
    resting += 1
    const url = new URL(to, location.href)
    const marks = await window.${UPLOAD_BINDING}('begin', url.href).catch(() => ({}))
    return url.origin === location.origin ? Object.entries(marks) : []
  }
  const end = async () => {
    await window.${UPLOAD_BINDING}('end', '').catch(() => {})
    resting -= 1
  }

  const plainFetch = window.fetch
  window.fetch = async function (input, init) {
    if (passes(init?.body)) return plainFetch.call(this, input, init)
    const request = input instanceof Request ? input : undefined
    const marks = await begin(request?.url ?? String(input))
    const headers = new Headers(init?.headers ?? request?.headers)
    for (const [name, value] of marks) headers.set(name, value)
    return plainFetch.call(this, input, { ...init, headers }).finally(end)
  }

  const { open, send } = XMLHttpRequest.prototype
  const addresses = new WeakMap()
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    addresses.set(this, String(url))
    return open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (body) {
    if (passes(body)) return send.call(this, body)
    this.addEventListener('loadend', end)
    begin(addresses.get(this) ?? '').then((marks) => {
      // A page that aborted meanwhile wants no upload any more.
      if (this.readyState !== XMLHttpRequest.OPENED) return end()
      for (const [name, value] of marks) this.setRequestHeader(name, value)
      send.call(this, body)
    })
  }
})()`
