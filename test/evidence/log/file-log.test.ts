import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeRecord } from '../../../src/evidence/codec.ts'
import { openFileLog } from '../../../src/evidence/log/file-log.ts'
import type { WaybillError } from '../../../src/shared/errors.ts'
import { answerRecord, spanRecord } from '../records.ts'
import type { FilledUp } from './fill-up.ts'
import { evidenceLogContract, recordsOf } from './log-contract.ts'

const run = promisify(execFile)

const createPlace = async (name: string) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'waybill-log-'))
  return {
    folder,
    file: path.join(folder, name),
    open: () => openFileLog(path.join(folder, name)),
    dispose: () => rm(folder, { recursive: true }),
  }
}

evidenceLogContract('a file', () => createPlace('evidence.jsonl'))
evidenceLogContract('a compressed file', () => createPlace('evidence.jsonl.gz'))

describe.each(['evidence.jsonl', 'evidence.jsonl.gz'])('an evidence file %s', (name) => {
  let place: Awaited<ReturnType<typeof createPlace>>
  beforeEach(async () => {
    place = await createPlace(name)
  })
  afterEach(() => place.dispose())

  const gzipped = name.endsWith('.gz')
  const written = async () => {
    const bytes = await readFile(place.file)
    return (gzipped ? gunzipSync(bytes) : bytes).toString('utf8')
  }
  const ids = (...names: string[]) => names.map((id) => answerRecord(id))

  it('holds one self-contained line for each record and is readable by its owner only', async () => {
    const log = await place.open()
    await log.append(ids('a', 'b'), 'run')
    await log.close()
    expect(await written()).toBe(
      ids('a', 'b')
        .map((record) => `${encodeRecord(record, 'run')}\n`)
        .join(''),
    )
    expect((await stat(place.file)).mode & 0o777).toBe(0o600)
  })

  it('with a torn end gives what precedes, says file and line, and goes on behind it', async () => {
    const log = await place.open()
    await log.append(ids('a', 'b'), 'run')
    await log.append([spanRecord('torn')], 'run')
    await log.close()
    await truncate(place.file, (await stat(place.file)).size - 40)

    const told: WaybillError[] = []
    const again = await openFileLog(place.file, { onTorn: (trouble) => told.push(trouble) })
    expect(told.map((trouble) => [trouble.code, trouble.place])).toStrictEqual([['bad-capture', `${place.file}:3`]])
    await again.append(ids('b', 'c'), 'run')
    expect(await recordsOf(again, 'run')).toStrictEqual(ids('a', 'b', 'c'))
    await again.close()
    expect((await written()).split('\n')).toHaveLength(4)
    expect(await readdir(place.folder)).toStrictEqual([name])
  })

  it('whose last line only lacks its end loses nothing', async () => {
    const text = `${encodeRecord(answerRecord('a'), 'run')}\n${encodeRecord(answerRecord('b'), 'run')}`
    await writeFile(place.file, gzipped ? gzipSync(text) : text)
    const told: WaybillError[] = []
    const log = await openFileLog(place.file, { onTorn: (trouble) => told.push(trouble) })
    await log.append(ids('c'), 'run')
    expect(await recordsOf(log, 'run')).toStrictEqual(ids('a', 'b', 'c'))
    expect(told).toStrictEqual([])
    await log.close()
  })

  it('with a bad line in its midst is refused by file and line and left as it is', async () => {
    const text = `${encodeRecord(answerRecord('a'), 'run')}\n{"schema":\n${encodeRecord(answerRecord('b'), 'run')}\n`
    const bytes = gzipped ? gzipSync(text) : Buffer.from(text)
    await writeFile(place.file, bytes)
    await expect(place.open()).rejects.toMatchObject({ code: 'bad-capture', place: `${place.file}:2` })
    expect(await readFile(place.file)).toStrictEqual(bytes)
  })

  it.each(['a letter, not evidence', 'a letter\nof two lines\n', '{"schema":"waybill.evidence/1","ty'])(
    'that holds %j is not ours and is left as it is',
    async (text) => {
      const bytes = gzipped ? gzipSync(text) : Buffer.from(text)
      await writeFile(place.file, bytes)
      await expect(place.open()).rejects.toMatchObject({ code: 'bad-capture', place: `${place.file}:1` })
      expect(await readFile(place.file)).toStrictEqual(bytes)
    },
  )

  it('on a disk that fills up in the midst of an append refuses it whole and loses nothing accepted', async () => {
    const { stdout } = await run('prlimit', ['--fsize=24500', process.execPath, fillUp, place.file])
    const { accepted, refusal }: FilledUp = JSON.parse(stdout)
    expect(accepted.length).toBeGreaterThan(2)
    expect(refusal).toMatch(
      /evidence\.jsonl(\.gz)?: The evidence file cannot be written: the file would be larger than allowed\. Make room/,
    )
    const log = await openFileLog(place.file, { onTorn: (trouble) => expect.unreachable(trouble.message) })
    expect((await recordsOf(log, 'run')).map(({ record }) => record.id)).toStrictEqual([...accepted, 'small'])
    await log.close()
  })
})

const fillUp = path.join(import.meta.dirname, 'fill-up.ts')

describe('an evidence file that cannot be written', () => {
  it('on a full device says so in one sentence, every time', async () => {
    const log = await openFileLog('/dev/full')
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(log.append([answerRecord('a')], 'run')).rejects.toMatchObject({
        code: 'store-unavailable',
        place: '/dev/full',
        message: 'The evidence file cannot be written: no space is left on the device.',
      })
    }
    await log.close()
  })

  it.each([
    ['/nowhere/at/all/evidence.jsonl', 'its folder does not exist'],
    ['/tmp', 'it is a folder'],
  ])('at %s says why', async (file, why) => {
    await expect(openFileLog(file)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining(why),
    })
  })

  it('that is compressed and damaged is refused by name', async () => {
    const place = await createPlace('evidence.jsonl.gz')
    const bytes = gzipSync(`${encodeRecord(answerRecord('a'), 'run')}\n`.repeat(50))
    bytes.writeUInt32BE(0xdeadbeef, 20)
    await writeFile(place.file, bytes)
    await expect(place.open()).rejects.toMatchObject({
      code: 'bad-capture',
      place: expect.stringContaining(place.file),
    })
    await place.dispose()
  })

  it('that others have written into meanwhile is not cut', async () => {
    const place = await createPlace('evidence.jsonl')
    const log = await place.open()
    await log.append([answerRecord('a')], 'run')
    await appendFile(place.file, `${encodeRecord(answerRecord('b'), 'run')}\n`)
    await log.append([answerRecord('c')], 'run')
    await log.close()
    const again = await place.open()
    expect((await recordsOf(again, 'run')).map(({ record }) => record.id)).toStrictEqual(['a', 'b', 'c'])
    await again.close()
    await place.dispose()
  })
})
