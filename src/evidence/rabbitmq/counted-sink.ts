import type { EvidenceSink } from '../ports.ts'

/** A sink that counts what is told, and passes it on as soon as somebody listens. */
export interface CountedSink extends EvidenceSink {
  listen(to: EvidenceSink): void
  /** Records told so far. */
  readonly told: number
}

export function createCountedSink(): CountedSink {
  let told = 0
  let target: EvidenceSink | null = null
  const counting =
    <T>(tell: (to: EvidenceSink, record: T) => void) =>
    (record: T) => {
      told++
      if (target !== null) tell(target, record)
    }
  return {
    listen: (to) => {
      target = to
    },
    fact: counting((to, record) => to.fact(record)),
    condition: counting((to, record) => to.condition(record)),
    coverage: counting((to, record) => to.coverage(record)),
    get told() {
      return told
    },
  }
}
