import { createWriteStream } from 'node:fs'
import { type FileHandle, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { WaybillError } from '../../shared/errors.ts'
import { type FileLine, fileLines, isGzip } from './file-lines.ts'
import { fingerprint } from './fingerprint.ts'
import { readEvidence } from './read-evidence.ts'

/** What is known of an evidence file between two appends. */
export interface FileStock {
  readonly gzip: boolean
  /** False for a device or pipe, which can be neither read back nor cut. */
  readonly regular: boolean
  readonly known: Set<string>
  /** Everything before is whole and acknowledged. */
  length: number
  /** Bytes after `length` that could not be taken back yet. */
  torn: boolean
}

export const OWNER_ONLY = 0o600

const CHUNK_BYTES = 64 * 1024

/** The first `length` bytes of an open file as lines. */
export const linesOf = (file: FileHandle, path: string, length: number, gzip: boolean): AsyncGenerator<FileLine> =>
  fileLines(Readable.from(chunksOf(file, length)), gzip, path)

/** Not a stream of the file handle, which would close the handle when a reader leaves early. */
async function* chunksOf(file: FileHandle, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; ) {
    const wanted = Math.min(CHUNK_BYTES, length - at)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted), 0, wanted, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/**
 * Reads what is in a file and mends a torn end, which was never acknowledged. Returns null when the file had to be replaced
 * by a mended one and must be opened again. A file that is no evidence is left as it is, with `bad-capture`.
 */
export async function takeStock(
  path: string,
  file: FileHandle,
  onTorn: (trouble: WaybillError) => void,
): Promise<FileStock | null> {
  const stat = await file.stat()
  const known = new Set<string>()
  const fresh = { gzip: path.endsWith('.gz'), regular: stat.isFile(), known, length: 0, torn: false }
  if (!stat.isFile() || stat.size === 0) return fresh

  const gzip = isGzip((await file.read(Buffer.alloc(2), 0, 2, 0)).buffer)
  const trouble: WaybillError[] = []
  let records = 0
  let whole = 0
  let ended = true
  for await (const line of readEvidence(linesOf(file, path, stat.size, gzip), path, (torn) => trouble.push(torn))) {
    known.add(fingerprint(line.record, line.run ?? ''))
    records++
    whole += line.bytes
    ended = line.ended
  }
  const [torn] = trouble
  // Without one whole record the file is not known to be ours.
  if (torn !== undefined && records === 0) throw torn
  if (torn !== undefined) onTorn(torn)
  if (torn === undefined && ended) return { ...fresh, gzip, length: stat.size }
  if (gzip) {
    await replaceBy(path, linesOf(file, path, stat.size, gzip), records)
    return null
  }
  if (torn !== undefined) await file.truncate(whole)
  if (!ended) whole += (await file.write('\n')).bytesWritten
  return { ...fresh, gzip, length: whole }
}

/** Puts a file with the first `records` lines in the place of `path`, in one step. */
const replaceBy = async (path: string, lines: AsyncIterable<FileLine>, records: number): Promise<void> => {
  const mended = `${path}.mended`
  const kept = async function* () {
    for await (const { text, number } of lines) if (number <= records) yield `${text}\n`
  }
  try {
    await pipeline(Readable.from(kept()), createGzip(), createWriteStream(mended, { mode: OWNER_ONLY, flush: true }))
    await rename(mended, path)
  } catch (error) {
    await rm(mended, { force: true })
    throw error
  }
}
