/** Reads a stream of chunks piece by piece, holding no more than was asked for. */
export interface ByteReader {
  /** The next `count` bytes, left in place; fewer only when the stream ends before. */
  peek(count: number): Promise<Buffer>
  /** The next `count` bytes; `undefined` when the stream ends before. */
  take(count: number): Promise<Buffer | undefined>
  /** Whatever comes next, at most `limit` bytes; `undefined` at the end. */
  next(limit?: number): Promise<Buffer | undefined>
  /** Lets go of the stream, read to its end or not. */
  close(): Promise<void>
}

export function createByteReader(stream: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = stream[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let ended = false

  const pull = async (): Promise<Buffer | undefined> => {
    const result = await iterator.next()
    if (result.done) {
      ended = true
      return undefined
    }
    const { buffer, byteOffset, byteLength } = result.value
    return Buffer.from(buffer, byteOffset, byteLength)
  }

  /** Pieces are copied as they come: joining them at the end would need the room twice. */
  const hold = async (count: number): Promise<void> => {
    if (held.length >= count || ended) return
    let room = Buffer.allocUnsafe(count)
    let length = held.copy(room)
    while (length < count) {
      const piece = await pull()
      if (piece === undefined) break
      if (length + piece.length > room.length) {
        const wider = Buffer.allocUnsafe(length + piece.length)
        room.copy(wider, 0, 0, length)
        room = wider
      }
      length += piece.copy(room, length)
    }
    held = room.subarray(0, length)
  }

  return {
    peek: async (count) => {
      await hold(count)
      return held.subarray(0, count)
    },
    take: async (count) => {
      await hold(count)
      if (held.length < count) return undefined
      const taken = held.subarray(0, count)
      held = held.subarray(count)
      return taken
    },
    next: async (limit = Number.POSITIVE_INFINITY) => {
      while (held.length === 0 && !ended) held = (await pull()) ?? held
      if (held.length === 0) return undefined
      const taken = held.subarray(0, limit)
      held = held.subarray(taken.length)
      return taken
    },
    close: async () => {
      if (!ended) await iterator.return?.()
    },
  }
}
