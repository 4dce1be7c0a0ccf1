import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { WaybillError } from '../../shared/errors.ts'
import { encodeRecord } from '../codec.ts'
import type { EvidenceRecord } from '../evidence.ts'
import type { EvidenceLog } from './evidence-log.ts'
import { type FileStock, linesOf, OWNER_ONLY, takeStock } from './file-stock.ts'
import { fingerprint } from './fingerprint.ts'
import { readEvidence } from './read-evidence.ts'

export interface FileLogOptions {
  /** Told when the file ends in a torn record, which is then cut off: it was never acknowledged. Default: silent. */
  readonly onTorn?: (trouble: WaybillError) => void
}

/**
 * Opens the file form of the evidence log, one record a line; compressed when the name of a new file ends in `.gz`. Continues a
 * file that is there, after checking that it is evidence. One writer at a time.
 */
export async function openFileLog(path: string, options: FileLogOptions = {}): Promise<EvidenceLog> {
  const { onTorn = () => {} } = options
  const file = await open(path, 'a+', OWNER_ONLY).catch((error: unknown) => {
    throw cannot('opened', path, error)
  })
  try {
    const stock = await takeStock(path, file, onTorn)
    if (stock !== null) return createFileLog(path, file, stock)
  } catch (error) {
    await file.close()
    throw error instanceof WaybillError ? error : cannot('opened', path, error)
  }
  await file.close()
  return openFileLog(path, options)
}

const compress = promisify(gzip)

const createFileLog = (path: string, file: FileHandle, stock: FileStock): EvidenceLog => {
  let closing: Promise<void> | undefined
  // Appends go one after the other, each in one piece, so that the order is that of the calls.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  const checkOpen = () => {
    if (closing === undefined) return
    throw new WaybillError({ code: 'store-unavailable', place: path, message: 'The evidence file is closed.' })
  }

  const takeBack = async () => {
    if (stock.regular) await file.truncate(stock.length)
    stock.torn = false
  }

  const write = async (records: readonly EvidenceRecord[], run: string) => {
    const fresh = new Map<string, string>()
    for (const record of records) {
      const name = fingerprint(record, run)
      if (!stock.known.has(name) && !fresh.has(name)) fresh.set(name, `${encodeRecord(record, run)}\n`)
    }
    if (fresh.size === 0) return
    const text = Buffer.from([...fresh.values()].join(''))
    const bytes = stock.gzip ? await compress(text) : text
    try {
      if (stock.torn) await takeBack()
      stock.torn = true
      await writeAll(file, bytes)
      stock.torn = false
    } catch (error) {
      // Cutting off what was written of it needs no room on the disk. Should it fail too, it is tried again before the next append.
      await takeBack().catch(() => {})
      throw cannot('written', path, error)
    }
    stock.length += bytes.length
    for (const name of fresh.keys()) stock.known.add(name)
  }

  return {
    async append(records, run) {
      checkOpen()
      await inTurn(() => write(records, run))
    },
    async *read(run) {
      checkOpen()
      const length = await inTurn(async () => stock.length)
      if (length === 0 || !stock.regular) return
      const lines = readEvidence(linesOf(file, path, length, stock.gzip), path, (trouble) => {
        throw trouble
      })
      for await (const line of lines) if (line.run === run) yield line.record
    },
    close: () => (closing ??= inTurn(() => file.close())),
  }
}

const writeAll = async (file: FileHandle, bytes: Buffer): Promise<void> => {
  for (let written = 0; written < bytes.length; ) written += (await file.write(bytes, written)).bytesWritten
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than allowed',
  EACCES: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  EISDIR: 'it is a folder',
}

const cannot = (what: 'opened' | 'written', path: string, error: unknown): WaybillError => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return new WaybillError({
    code: 'store-unavailable',
    place: path,
    message: `The evidence file cannot be ${what}: ${REASONS[code] ?? code}.`,
    hint: 'Make room, or name a file in another place.',
    cause: error,
  })
}
