import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** The checksum algorithms understood, as S3 writes them. */
export const ALGORITHMS = ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const

export type Algorithm = (typeof ALGORITHMS)[number]

/** A checksum that is fed piece by piece. */
export interface RunningChecksum {
  update(chunk: Uint8Array): void
  digest(): Buffer
}

/** Name of the header (and trailer) that carries a checksum. */
export const checksumHeader = (algorithm: Algorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

/** Reads an algorithm's name in any case. */
export const asAlgorithm = (text: string | undefined): Algorithm | undefined =>
  ALGORITHMS.find((algorithm) => algorithm === text?.toUpperCase())

/** Starts a checksum. */
export function startChecksum(algorithm: Algorithm | 'MD5'): RunningChecksum {
  if (algorithm === 'CRC32') return startCrc((chunk, value) => crc32(chunk, value))
  if (algorithm === 'CRC32C') return startCrc(crc32c)
  const hash = createHash(algorithm.toLowerCase())
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() }
}

function startCrc(step: (chunk: Uint8Array, value: number) => number): RunningChecksum {
  let value = 0
  return {
    update: (chunk) => {
      value = step(chunk, value)
    },
    digest: () => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return bytes
    },
  }
}

/** Castagnoli's polynomial, reflected, one byte at a time. */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

function crc32c(chunk: Uint8Array, start: number): number {
  let value = ~start
  for (const byte of chunk) value = (CRC32C_TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8)
  return ~value >>> 0
}
