/**
 * The order cannot be moved on: a person was refused, got no answer, or waits in vain. A fact about the order, told as
 * such; never a failure of the probe.
 */
export class OrderStopped extends Error {
  override readonly name = 'OrderStopped'
  /** The refusal's status, when a refused request is what stopped it. */
  readonly httpStatus: number | null

  constructor(message: string, httpStatus: number | null = null) {
    super(message)
    this.httpStatus = httpStatus
  }
}

/** The last stage that was asked for is reached: the story ends here, well. */
export class StoryEnded extends Error {
  override readonly name = 'StoryEnded'
}

const ESCAPE = String.fromCharCode(27)
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g')

/** The first line of anything thrown, without terminal colours. */
export function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return (text.replace(COLOUR, '').trim().split('\n')[0] ?? '').slice(0, 500)
}
