import type { Watched } from '../app/follow/watched.ts'
import { durationText } from '../report/durations.ts'
import { safeText } from '../report/style.ts'
import { between, toMs } from '../shared/units.ts'
import type { Progress } from './progress.ts'

/** Shows an order while it travels: one line for each stage it reaches, a live line for where it is. */
export function showOrder(progress: Progress, watched: Watched): void {
  const { order } = watched
  const told = new Set<string>()
  progress.say(`${order.probe}: order ${order.key} entered`)
  watched.onChange(({ evaluation, decidedAt }) => {
    const { stages } = evaluation.journey
    for (const stage of stages) {
      if (stage.state !== 'reached' || told.has(stage.stage)) continue
      told.add(stage.stage)
      const at = stage.at === null ? '' : ` after ${durationText(toMs(between(stage.at.best, order.enteredAt)))}`
      progress.say(`${order.probe}: ${stage.stage} reached in ${stage.system}${at} (${stage.witnesses.join(', ')})`)
    }
    const dots = stages
      .map((stage) => (stage.state === 'reached' ? '●' : stage.state === 'overdue' ? '✗' : '○'))
      .join('')
    const next = stages.find((stage) => stage.state !== 'reached' && stage.state !== 'skipped')
    const waiting = next === undefined ? 'waiting for the last mirrors' : `waiting for ${next.stage} (${next.system})`
    const since = durationText(toMs(between(decidedAt, order.enteredAt)))
    if (evaluation.state === 'open') progress.live(safeText(`  ${order.probe} ${dots} ${since}  ${waiting}`))
  })
}
