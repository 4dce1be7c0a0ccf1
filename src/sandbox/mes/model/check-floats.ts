import { UnreadableModel } from './unreadable-model.ts'

const WORD = 4
const FLOATS_AN_ELEMENT = 3

/** Elements of three 32-bit floats, `stride` bytes apart, in a run of bytes. */
export interface FloatRange {
  readonly offset: number
  readonly stride: number
  readonly count: number
}

const holdsFloat = (range: FloatRange, at: number): boolean => {
  const within = at - range.offset
  if (within < 0 || within >= range.count * range.stride) return false
  return within % range.stride < FLOATS_AN_ELEMENT * WORD
}

/** Reads `length` bytes and finds any coordinate among them that is not finite, keeping none. */
export async function checkFloats(
  ranges: readonly FloatRange[],
  length: number,
  next: (limit: number) => Promise<Buffer | undefined>,
): Promise<void> {
  let at = 0
  let rest = Buffer.alloc(0)
  while (at + rest.length < length) {
    const chunk = await next(length - at - rest.length)
    if (chunk === undefined) throw new UnreadableModel('The GLB model is cut off within its geometry.')
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % WORD)
    for (let word = 0; word < whole; word += WORD) {
      if (!ranges.some((range) => holdsFloat(range, at + word))) continue
      if (!Number.isFinite(bytes.readFloatLE(word))) {
        throw new UnreadableModel('The GLB model has a coordinate that is not a finite number.')
      }
    }
    at += whole
    rest = Buffer.from(bytes.subarray(whole))
  }
}
