import type { Fact } from '../../evidence/fact.ts'

const MOST = 5_000

/** Facts that no order is known to own yet; they wait, bounded, until an order learns one of their names. */
export interface Unrouted {
  add(fact: Fact): void
  /** Takes out every fact for which `owns` holds, in order of arrival. */
  take(owns: (fact: Fact) => boolean): readonly Fact[]
  /** Facts that were forgotten for want of room. */
  readonly dropped: number
}

export function createUnrouted(): Unrouted {
  let waiting: Fact[] = []
  let dropped = 0
  return {
    add: (fact) => {
      waiting.push(fact)
      if (waiting.length <= MOST) return
      waiting.shift()
      dropped++
    },
    take: (owns) => {
      const mine = waiting.filter(owns)
      if (mine.length > 0) {
        const taken = new Set(mine)
        waiting = waiting.filter((fact) => !taken.has(fact))
      }
      return mine
    },
    get dropped() {
      return dropped
    },
  }
}
