import { crc32 } from 'node:zlib'
import { Unzip, UnzipInflate } from 'fflate'
import type { ByteReader } from './byte-reader.ts'
import { UnreadableModel } from './unreadable-model.ts'

/** Small enough that a piece, expanded a thousandfold at worst, still is a small buffer. */
const PIECE_BYTES = 8_192
const MOST_PARTS = 1_024
const MOST_EXPANDED = 4_294_967_295
/** Text of triangles shrinks to a tenth; nothing honest shrinks to less than a hundredth. */
const MOST_RATIO = 100
const FREE_EXPANSION = 16_777_216
/** The archive's directory, at its very end, must lie within so many pieces. */
const TAIL_PIECES = 64
const END_BYTES = 22
const END_SIGNATURE = 0x06054b50
const ENTRY_BYTES = 46
const ENTRY_SIGNATURE = 0x02014b50

/** Takes the bytes of one part as they come. */
export interface PartSink {
  push(bytes: Uint8Array): void
  end(): void
}

interface PartSum {
  bytes: number
  crc: number
  ended: boolean
}

const wrong = (what: string): UnreadableModel => new UnreadableModel(`The 3MF model ${what}.`)

/** Unzips a stream part by part; `open` says which parts to read. Checks every read part against the archive's own directory. */
export async function readZipParts(reader: ByteReader, open: (name: string) => PartSink | undefined): Promise<void> {
  const sums = new Map<string, PartSum>()
  let compressed = 0
  let expanded = 0
  let parts = 0
  const tail: Buffer[] = []

  const unzip = new Unzip((file) => {
    parts += 1
    if (parts > MOST_PARTS) throw wrong(`holds more than ${MOST_PARTS} parts`)
    const sink = open(file.name)
    if (sink === undefined) return
    const sum: PartSum = { bytes: 0, crc: 0, ended: false }
    if (sums.has(file.name)) throw wrong(`holds the part ${file.name} twice`)
    sums.set(file.name, sum)
    file.ondata = (error, bytes, final) => {
      if (error !== null) throw error
      expanded += bytes.length
      if (expanded > MOST_EXPANDED || expanded > FREE_EXPANSION + compressed * MOST_RATIO) {
        throw wrong('expands to far more than its size allows')
      }
      sum.bytes += bytes.length
      sum.crc = crc32(bytes, sum.crc)
      sink.push(bytes)
      if (!final) return
      sum.ended = true
      sink.end()
    }
    file.start()
  })
  unzip.register(UnzipInflate)

  for (let piece = await reader.next(PIECE_BYTES); piece !== undefined; piece = await reader.next(PIECE_BYTES)) {
    compressed += piece.length
    pushPiece(unzip, piece)
    tail.push(piece)
    if (tail.length > TAIL_PIECES) tail.shift()
  }
  checkDirectory(Buffer.concat(tail), sums)
}

function pushPiece(unzip: Unzip, piece: Buffer): void {
  try {
    unzip.push(piece)
  } catch (error) {
    if (error instanceof UnreadableModel) throw error
    throw wrong('is damaged: a part of its archive cannot be expanded')
  }
}

function checkDirectory(tail: Buffer, sums: ReadonlyMap<string, PartSum>): void {
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end === -1 || end + END_BYTES > tail.length || tail.readUInt32LE(end) !== END_SIGNATURE) {
    throw wrong('is cut off: its archive has no end')
  }
  let at = end - tail.readUInt32LE(end + 12)
  const listed = new Set<string>()
  while (at >= 0 && at + ENTRY_BYTES <= end && tail.readUInt32LE(at) === ENTRY_SIGNATURE) {
    const nameLength = tail.readUInt16LE(at + 28)
    const name = tail.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength)
    listed.add(name)
    const sum = sums.get(name)
    if (
      sum !== undefined &&
      (!sum.ended || sum.crc !== tail.readUInt32LE(at + 16) || sum.bytes !== tail.readUInt32LE(at + 24))
    ) {
      throw wrong(`is damaged: the part ${name} is not what its archive promises`)
    }
    at += ENTRY_BYTES + nameLength + tail.readUInt16LE(at + 30) + tail.readUInt16LE(at + 32)
  }
  if ([...sums.keys()].some((name) => !listed.has(name)))
    throw wrong('is damaged: its archive does not list all its parts')
}
