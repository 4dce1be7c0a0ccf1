import type { App } from '../app/start.ts'
import type { Browser } from '../embedded/browser.ts'
import type { SourceName } from '../evidence/fact.ts'
import { asWaybillError } from '../shared/errors.ts'
import { rowCalled } from './called.ts'
import type { Cell, Cells } from './house.ts'
import { keepForStudy } from './keep.ts'
import { inTurn } from './lanes.ts'
import { playRow } from './play-row.ts'
import type { Kind, Result } from './result.ts'
import type { Row } from './row.ts'
import { healthyRow } from './rows.ts'
import { type Score, scoreRow, scoreUnprovable } from './score.ts'
import { isProvable } from './witnesses.ts'

export interface DrillOptions {
  readonly cells: Cells
  /** The sources that testify. */
  readonly sources: ReadonlySet<SourceName>
  /** Where failed rows are kept. */
  readonly folder: string
  readonly signal: AbortSignal
  /** For rows played on a page; null: those rows fail and say so. */
  readonly browser: Browser | null
  /** Orders at the same time in the cell they share. */
  readonly atOnce: number
  /** Cells for rows that break more than one order. */
  readonly ownCells: number
  readonly onResult: (result: Result) => void
}

/** A row, why it is played, and what its people do between two acts. */
export interface Item {
  readonly row: Row
  readonly kind: Kind
  readonly pause?: () => Promise<void>
}

const NOT_PLAYED: Omit<Score, 'faults'> = {
  detected: false,
  localised: false,
  timeToDetectionMs: null,
  withinLimit: false,
  passed: false,
}

/** Plays one row in a cell, scores it and keeps it for study when it did not pass. Rejects only when the drill is stopped or the order system is gone. */
async function playItem(app: App, { row, kind, pause }: Item, options: DrillOptions): Promise<Result> {
  const here = rowCalled(app.settings, row)
  const provable = isProvable(row, options.sources)
  try {
    const judged = await playRow(app, here, {
      signal: options.signal,
      browser: options.browser,
      ...(pause === undefined ? {} : { pause }),
    })
    const { document } = judged
    const score = provable ? scoreRow(here, judged) : scoreUnprovable(here, judged, app.contract)
    const file = score.passed ? null : await keepForStudy(app, options.folder, row.id, document)
    return { row, kind, provable, document, score, file }
  } catch (error) {
    options.signal.throwIfAborted()
    app.lost.throwIfAborted()
    const why = asWaybillError(error).sentence()
    return { row, kind, provable, document: null, score: { ...NOT_PLAYED, faults: [why] }, file: null }
  }
}

/** Orders that may share a cell: each breaks alone. */
async function playTogether(items: readonly Item[], options: DrillOptions): Promise<void> {
  if (items.length === 0) return
  const { app, close } = await options.cells.open(null)
  const play = async (item: Item) => options.onResult(await playItem(app, item, options))
  // A monitor that has just started is slow with its first order, whatever is wrong with it.
  const [first, ...others] = items[0]?.kind === 'healthy' ? items : []
  try {
    if (first !== undefined) await play(first)
    await inTurn(first === undefined ? items : others, options.atOnce, options.signal, play)
  } finally {
    await close()
  }
}

/** Rows that break a process or the broker: one at a time in a cell, which is used again when a healthy order has passed through it. */
async function playApart(items: readonly Item[], options: DrillOptions): Promise<void> {
  const free: Cell[] = []
  try {
    await inTurn(items, options.ownCells, options.signal, async (item) => {
      const wanted = item.row.cell
      const fitting = free.findIndex(({ special }) => special === wanted)
      const [found] = fitting === -1 ? [] : free.splice(fitting, 1)
      const cell = found ?? (await options.cells.open(wanted))
      const well = await playInCell(cell, item, options)
      // A broker of its own is wanted by one row only.
      if (wanted === null || wanted === 'looks-at-pages') free.push(...well)
      else for (const left of well) await left.close()
    })
  } finally {
    await Promise.all(free.map((cell) => cell.close()))
  }
}

/** The cell again if it is well, none if it had to be closed. */
async function playInCell(cell: Cell, item: Item, options: DrillOptions): Promise<readonly Cell[]> {
  try {
    options.onResult(await playItem(cell.app, item, options))
    const after = {
      row: { ...healthyRow(`healthy after ${item.row.id}`, 'customer'), cell: item.row.cell },
      kind: 'healthy',
    } as const
    const healed = await playItem(cell.app, after, options)
    options.onResult(healed)
    if (healed.score.passed) return [cell]
  } catch (error) {
    await cell.close()
    throw error
  }
  await cell.close()
  return []
}

const sharesCell = ({ row }: Item): boolean =>
  !row.apart && (row.scope === 'order' || row.scope === 'none') && row.cell === null

/** Plays all items, those that may share a cell beside each other and the others each alone in one; every result is told as it comes. */
export async function drill(items: readonly Item[], options: DrillOptions): Promise<void> {
  const together = items.filter(sharesCell)
  const apart = items.filter((item) => !sharesCell(item))
  const ended = await Promise.allSettled([playTogether(together, options), playApart(apart, options)])
  for (const part of ended) if (part.status === 'rejected') throw part.reason
}
