import type { Contract } from '../../src/contract/contract.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import type { World } from './world.ts'

/** The verdict a follower would come to that looks every `everyMs`: the first final one, or the last open one. */
export function followWorld(contract: Contract, world: World, everyMs = 500): Evaluation {
  let last: Evaluation | undefined
  for (let ms = everyMs; ms <= world.endsAtMs; ms += everyMs) {
    const { evidence, now } = world.knownAt(ms)
    last = evaluate(contract, world.order, evidence, now)
    if (last.state === 'final') return last
  }
  if (last === undefined) throw new Error('the world has no time')
  return last
}
