interface Held {
  readonly name: string
  readonly release: () => Promise<void> | void
}

/** Things acquired on the way up, released last-in-first-out, each tried, each bounded. */
export interface ReleaseStack {
  /** Remembers how to let go of `name`. */
  push(name: string, release: () => Promise<void> | void): void
  /** Releases everything once; further calls wait for the same drain. Errors are joined in one `AggregateError`. */
  drain(): Promise<void>
}

const RELEASE_LIMIT_MS = 10_000

export function createReleaseStack(limitMs: number = RELEASE_LIMIT_MS): ReleaseStack {
  const held: Held[] = []
  let draining: Promise<void> | undefined

  const releaseOne = async ({ name, release }: Held): Promise<unknown> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${name} did not stop within ${limitMs} ms`)), limitMs)
    })
    try {
      await Promise.race([Promise.resolve().then(release), late])
      return undefined
    } catch (error) {
      return error
    } finally {
      clearTimeout(timer)
    }
  }

  const drainAll = async () => {
    const errors: unknown[] = []
    for (let next = held.pop(); next !== undefined; next = held.pop()) {
      const error = await releaseOne(next)
      if (error !== undefined) errors.push(error)
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('; '))
  }

  return {
    push: (name, release) => void held.push({ name, release }),
    drain: () => (draining ??= drainAll()),
  }
}
