import type { ProbeFile } from '../probe/probe-files.ts'
import { WaybillError } from '../shared/errors.ts'
import { delay } from '../shared/wait.ts'
import { createChance } from './chance.ts'
import type { Item } from './drill.ts'
import { nearNames } from './near-names.ts'
import { randomItems } from './random.ts'
import type { Row } from './row.ts'
import { healthyRow, type KnownFault, rowsFor } from './rows.ts'
import type { StoryName } from './stories.ts'

/** After so many rows one healthy order. */
const ROWS_PER_HEALTHY = 4
const HEALTHY_STORIES: readonly StoryName[] = ['customer', 'partner', 'customer builds the ring']
/** One healthy order of so many has people who take their time. */
const SLOW_ONE_OF = 4
const LONGEST_PAUSE_MS = 3_000

const storyAt = (index: number): StoryName => HEALTHY_STORIES[index % HEALTHY_STORIES.length] ?? 'customer'

const itemOf = (row: Row): Item => ({ row, kind: row.finding === null ? 'harmless' : 'break' })

/** The rows, with healthy orders in between and at the same time. */
const withHealthyBetween = (rows: readonly Row[]): readonly Item[] =>
  rows.flatMap((row, index) => {
    const item = itemOf(row)
    if (index % ROWS_PER_HEALTHY !== 0) return [item]
    const number = index / ROWS_PER_HEALTHY
    return [{ row: healthyRow(`healthy ${number + 1}`, storyAt(number)), kind: 'healthy' }, item]
  })

/** Healthy orders only, some of them slow. */
function healthyItems(count: number, seed: number): readonly Item[] {
  const chance = createChance(seed)
  return Array.from({ length: count }, (_, index): Item => {
    const row = healthyRow(`healthy ${index + 1}`, storyAt(index))
    if (index % SLOW_ONE_OF !== 0) return { row, kind: 'healthy' }
    return { row, kind: 'healthy', pause: () => delay(chance.below(LONGEST_PAUSE_MS)) }
  })
}

function chooseRows(rows: readonly Row[], names: readonly string[]): readonly Row[] {
  if (names.length === 0) return rows
  const known = [...new Set(rows.flatMap(({ id, fault }) => (fault === null ? [id] : [id, fault])))]
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return rows.filter(({ id, fault }) => names.includes(id) || names.includes(fault ?? id))
  const near = nearNames(unknown, known)
  throw new WaybillError({
    code: 'bad-usage',
    message: 'There is no such fault.',
    actual: unknown,
    expected: near.length === 0 ? 'a name that npx waybill faults lists' : near.join(' or '),
    hint: 'npx waybill faults lists them all.',
  })
}

/** The user's own probes, each placing one order as Playwright plays it. */
const byProbes = (probes: readonly ProbeFile[]): readonly Item[] =>
  probes.map(({ name, file }) => ({ row: healthyRow(`healthy by probe ${name}`, 'customer', file), kind: 'healthy' }))

/** What a drill was asked for. */
export interface Asked {
  /** Those of the configuration. */
  readonly probes: readonly ProbeFile[]
  /** Faults or rows by name; none: all. */
  readonly names: readonly string[]
  readonly healthy?: number
  readonly random?: number
  readonly seed: number
}

/** What is played: the rows asked for with healthy orders between them, or healthy orders or random pairs alone. */
export function chooseItems(
  faults: readonly KnownFault[],
  { probes, names, healthy, random, seed }: Asked,
): readonly Item[] {
  const rows = chooseRows(rowsFor(faults), names)
  const orders = healthy === undefined ? [] : healthyItems(healthy, seed)
  if (random !== undefined) return [...randomItems(rows, random, seed), ...orders]
  if (healthy !== undefined && names.length === 0) return orders
  return [...withHealthyBetween(rows), ...(names.length === 0 ? byProbes(probes) : []), ...orders]
}
