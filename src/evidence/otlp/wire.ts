import { MalformedExport } from './malformed.ts'

export const WIRE_VARINT = 0
export const WIRE_FIXED64 = 1
export const WIRE_BYTES = 2
export const WIRE_FIXED32 = 5

const CUT_OFF = 'The protobuf message is cut off.'

/**
 * Walks protobuf bytes in place (https://protobuf.dev/programming-guides/encoding). Every read is checked against `limit`, the end of
 * the message being read; a nested message is read by lowering the limit and raising it again. Nothing is copied until asked for.
 */
export class WireReader {
  readonly bytes: Buffer
  position: number
  limit: number

  constructor(bytes: Buffer, position = 0, limit: number = bytes.length) {
    this.bytes = bytes
    this.position = position
    this.limit = limit
  }

  /** A tag or a length: at most 32 bits. */
  uint32(): number {
    if (this.position >= this.limit) throw new MalformedExport(CUT_OFF)
    const first = this.bytes[this.position++] ?? 0
    if (first < 0x80) return first
    let value = first & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      if (this.position >= this.limit) throw new MalformedExport(CUT_OFF)
      const byte = this.bytes[this.position++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new MalformedExport('A protobuf tag or length is longer than 32 bits.')
  }

  /** Field number and wire type in one number, as on the wire. */
  tag(): number {
    const tag = this.uint32()
    if (tag < 8) throw new MalformedExport('A protobuf field has the number 0.')
    return tag
  }

  /** Any varint as the 64-bit signed integer it stands for. */
  int64(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.position >= this.limit) throw new MalformedExport(CUT_OFF)
      const byte = this.bytes[this.position++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
    throw new MalformedExport('A protobuf varint is longer than ten bytes.')
  }

  /** Reads the length of a nested message, string or bytes and returns where it ends. */
  end(): number {
    const length = this.uint32()
    const end = this.position + length
    if (end > this.limit) throw new MalformedExport(CUT_OFF)
    return end
  }

  fixed64(): bigint {
    this.#need(8)
    const value = this.bytes.readBigUInt64LE(this.position)
    this.position += 8
    return value
  }

  double(): number {
    this.#need(8)
    const value = this.bytes.readDoubleLE(this.position)
    this.position += 8
    return value
  }

  fixed32(): number {
    this.#need(4)
    const value = this.bytes.readUInt32LE(this.position)
    this.position += 4
    return value
  }

  /** A string; broken UTF-8 becomes replacement characters. */
  string(): string {
    const end = this.end()
    const text = this.bytes.toString('utf8', this.position, end)
    this.position = end
    return text
  }

  /** Bytes as lower-case hex. */
  hex(): string {
    const end = this.end()
    const text = this.bytes.toString('hex', this.position, end)
    this.position = end
    return text
  }

  /** Steps over the value of a field nobody reads. Groups, deprecated and never part of OTLP, are malformed. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WIRE_BYTES:
        this.position = this.end()
        return
      case WIRE_VARINT:
        for (let count = 0; count < 10; count++) {
          if (this.position >= this.limit) throw new MalformedExport(CUT_OFF)
          if ((this.bytes[this.position++] ?? 0) < 0x80) return
        }
        throw new MalformedExport('A protobuf varint is longer than ten bytes.')
      case WIRE_FIXED64:
        this.#need(8)
        this.position += 8
        return
      case WIRE_FIXED32:
        this.#need(4)
        this.position += 4
        return
      default:
        throw new MalformedExport(`A protobuf field has the wire type ${tag & 7}, which OTLP does not use.`)
    }
  }

  #need(count: number): void {
    if (this.position + count > this.limit) throw new MalformedExport(CUT_OFF)
  }
}
