import { CLASS_OF, SEVERITY_OF } from '../diagnosis/catalogue.ts'
import type { VerdictWord } from '../diagnosis/verdict.ts'
import { delay } from '../shared/wait.ts'
import { type Chance, createChance } from './chance.ts'
import type { Item } from './drill.ts'
import type { Row } from './row.ts'
import { healthyRow } from './rows.ts'

const LONGEST_PAUSE_MS = 1_500
const MOST_BESIDE = 3
const WORST_FIRST: readonly VerdictWord[] = ['broken', 'inconclusive', 'degraded', 'passed']

/** Rows that may be put together on one order: what is done to the order system alone, by the usual story of a flow. */
const isPairable = (row: Row): boolean =>
  row.finding !== null &&
  row.fault !== null &&
  row.scope === 'order' &&
  row.mending === null &&
  row.cell === null &&
  !row.apart &&
  row.alongside.length === 0 &&
  (row.story === 'customer' || row.story === 'partner')

/** Both on one order: the one that comes first on its path is the cause, and a break outweighs what only degrades. */
function bothOn(row: Row, beside: Row, id: string): Row {
  const possible = [row, beside].flatMap(({ verdicts }) => verdicts)
  const worst = WORST_FIRST.find((word) => possible.includes(word))
  const breaks = (it: Row) => it.finding !== null && SEVERITY_OF[CLASS_OF[it.finding]] === 'broken'
  const [first, second] = breaks(row) || !breaks(beside) ? [row, beside] : [beside, row]
  return { ...first, id, beside: second, verdicts: worst === undefined ? possible : [worst] }
}

function pauseOf(chance: Chance): () => Promise<void> {
  const longest = chance.below(LONGEST_PAUSE_MS) + 1
  // Drawn beforehand: orders beside each other would take each other's numbers.
  const waits = Array.from({ length: 8 }, () => chance.below(longest))
  let act = 0
  return () => delay(waits[act++ % waits.length] ?? 0)
}

/** Random pairs of breaks, on one order or on two beside each other, with random delays and healthy orders at the same time; the same seed gives the same. */
export function randomItems(rows: readonly Row[], count: number, seed: number): readonly Item[] {
  const chance = createChance(seed)
  const pool = rows.filter(isPairable)
  if (pool.length === 0) return []
  return Array.from({ length: count }, (_, index) => {
    const one = chance.pick(pool)
    const others = pool.filter(({ story, fault }) => story === one.story && fault !== one.fault)
    const other = others.length === 0 ? null : chance.pick(others)
    const number = index + 1
    const pause = () => pauseOf(chance)
    const healthy = Array.from(
      { length: chance.below(MOST_BESIDE + 1) },
      (__, beside): Item => ({
        row: healthyRow(`healthy ${number}.${beside + 1}`, beside % 2 === 0 ? 'customer' : 'partner'),
        kind: 'healthy',
        pause: pause(),
      }),
    )
    const pair: readonly Item[] =
      other !== null && chance.below(2) === 0
        ? [{ row: bothOn(one, other, `${number}: ${one.id} and ${other.id}`), kind: 'break', pause: pause() }]
        : [one, ...(other === null ? [] : [other])].map((row) => ({
            row: { ...row, id: `${number}: ${row.id}` },
            kind: 'break',
            pause: pause(),
          }))
    return [...pair, ...healthy]
  }).flat()
}
