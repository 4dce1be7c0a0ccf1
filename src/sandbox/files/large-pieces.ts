/** S3 takes no piece of a streamed body but the last under 8 KiB; larger ones cost fewer heads. */
const PIECE_BYTES = 64 * 1024

/**
 * The same bytes in pieces of at least 64 KiB, the last one excepted, at the pace of whoever takes them. The client's own
 * `requestStreamBufferSize` does the first but reads ahead without end, so that a slow storage would fill the memory.
 */
export async function* inLargePieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let bytes = 0
  for await (const part of source) {
    held.push(part)
    bytes += part.length
    if (bytes < PIECE_BYTES) continue
    yield Buffer.concat(held, bytes)
    held = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(held, bytes)
}
