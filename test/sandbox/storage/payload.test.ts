import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openPayload } from '../../../src/sandbox/storage/payload.ts'
import { chainedSignature, type SignedRequest } from '../../../src/sandbox/storage/signature.ts'

/** The worked example of Amazon's documentation of signed streaming uploads. */
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest()
const EXAMPLE: SignedRequest = {
  amzDate: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  signingKey: ['20130524', 'us-east-1', 's3', 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from('AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
  ),
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
}
const EXAMPLE_BODY = [
  '10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n',
  'a'.repeat(65_536),
  '\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n',
  'a'.repeat(1024),
  '\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
].join('')

const UNSIGNED: SignedRequest = { ...EXAMPLE, payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }

const inChunks = (...sizes: number[]) =>
  [...sizes, 0].map((size) => `${size.toString(16)}\r\n${'a'.repeat(size)}\r\n`).join('')

async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function unwrap(text: string, signed: SignedRequest, pieceBytes = 1000) {
  const payload = openPayload(inPieces(text, pieceBytes), signed)
  const chunks: Buffer[] = []
  for await (const chunk of payload.bytes) chunks.push(chunk)
  return { text: Buffer.concat(chunks).toString(), trailers: Object.fromEntries(payload.trailers) }
}

describe('a body in signed chunks', () => {
  it.each([1, 7, 1000, 100_000])(
    'is unwrapped as Amazon’s example says when it arrives %i bytes at a time',
    async (size) => {
      expect((await unwrap(EXAMPLE_BODY, EXAMPLE, size)).text).toBe('a'.repeat(65_536 + 1024))
    },
  )

  it('is refused when a byte of it was changed on the way', async () => {
    await expect(unwrap(EXAMPLE_BODY.replace('aaaa\r\n400', 'aaab\r\n400'), EXAMPLE)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })

  it('is refused when its end was cut off, even at the end of a chunk', async () => {
    const cut = EXAMPLE_BODY.slice(0, EXAMPLE_BODY.lastIndexOf('\r\n0;'))
    await expect(unwrap(cut, EXAMPLE)).rejects.toMatchObject({ code: 'IncompleteBody' })
  })

  it('is refused when a chunk carries no signature', async () => {
    await expect(unwrap('4\r\nabcd\r\n0\r\n\r\n', EXAMPLE)).rejects.toMatchObject({ code: 'InvalidRequest' })
  })

  it('checks the signature over its trailers', async () => {
    const signed = { ...EXAMPLE, payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' }
    const sha256OfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    const last = chainedSignature(signed, 'PAYLOAD', signed.signature, sha256OfNothing)
    const trailer = 'x-amz-checksum-crc32:AAAAAA=='
    const hash = createHash('sha256').update(`${trailer}\n`).digest('hex')
    const good = chainedSignature(signed, 'TRAILER', last, hash)
    const body = (signature: string) =>
      `0;chunk-signature=${last}\r\n${trailer}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`
    expect((await unwrap(body(good), signed)).trailers).toMatchObject({ 'x-amz-checksum-crc32': 'AAAAAA==' })
    await expect(unwrap(body(good.replace(/^./, 'z')), signed)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
  })
})

describe('a body in unsigned chunks', () => {
  it('gives its trailers', async () => {
    const got = await unwrap('4\r\nring\r\n0\r\nx-amz-checksum-crc32: abc=\r\n\r\n', UNSIGNED, 3)
    expect(got).toEqual({ text: 'ring', trailers: { 'x-amz-checksum-crc32': 'abc=' } })
  })

  it('may end with a small chunk', async () => {
    expect((await unwrap(inChunks(8192, 8193, 1), UNSIGNED)).text).toBe('a'.repeat(8192 + 8193 + 1))
  })

  it.each([
    { what: 'a head that is no number', text: 'zz\r\nring\r\n0\r\n\r\n', code: 'InvalidRequest' },
    { what: 'an endless head', text: '4'.repeat(10_000), code: 'InvalidRequest' },
    { what: 'a chunk that is longer than it says', text: '3\r\nring\r\n0\r\n\r\n', code: 'IncompleteBody' },
    { what: 'a small chunk that is not the last', text: inChunks(8192, 8191, 1), code: 'InvalidChunkSizeError' },
    { what: 'a trailer without a colon', text: '0\r\nnonsense\r\n\r\n', code: 'InvalidRequest' },
    { what: 'no trailer at all where one was cut', text: '4\r\nri', code: 'IncompleteBody' },
  ])('refuses $what', async ({ text, code }) => {
    await expect(unwrap(text, UNSIGNED, 500)).rejects.toMatchObject({ code })
  })
})
