import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { inLargePieces } from '../../../src/sandbox/files/large-pieces.ts'

const LEAST_BYTES = 65_536

async function* crumbs(count: number, bytes: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(bytes, i)
}

async function collect(source: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = []
  for await (const piece of source) pieces.push(piece)
  return pieces
}

it.each([
  { count: 0, bytes: 1 },
  { count: 1, bytes: 1 },
  { count: 500, bytes: 1200 },
  { count: 4, bytes: LEAST_BYTES },
  { count: 3, bytes: 100_000 },
])('gives the bytes of $count parts of $bytes in pieces of which only the last is small', async ({ count, bytes }) => {
  const pieces = await collect(inLargePieces(crumbs(count, bytes)))
  expect(Buffer.concat(pieces).equals(Buffer.concat(await collect(crumbs(count, bytes))))).toBe(true)
  expect(pieces.slice(0, -1).filter((piece) => piece.length < LEAST_BYTES)).toEqual([])
  expect(pieces.at(-1)?.length).not.toBe(0)
})

it('reads no further ahead than one piece', async () => {
  let taken = 0
  const counted = async function* () {
    for await (const part of crumbs(1000, 8000)) {
      taken++
      yield part
    }
  }
  const pieces = inLargePieces(counted())
  await pieces.next()
  expect(taken * 8000).toBeLessThan(2 * LEAST_BYTES)
  await pieces.return(undefined)
})

it('fails when its source is cut off', async () => {
  const source = Readable.from(crumbs(3, 8000))
  const reading = collect(inLargePieces(source))
  source.destroy()
  await expect(reading).rejects.toThrow()
})
