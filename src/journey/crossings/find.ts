import { bringsNews, type HandoffStep } from '../path.ts'
import { findStageEvidence } from '../stage-evidence.ts'
import type { View } from '../view.ts'
import type { Crossing } from './crossing.ts'
import { findHttpCrossing } from './http.ts'
import { findQueueCrossing } from './queue.ts'
import { findSharedDatabaseCrossing } from './shared-database.ts'
import { findStorageCrossing } from './storage.ts'

/**
 * Finds the signs of one crossing. Each kind of hand-off leaves its own spans; where those are not seen, news has arrived at the latest when the
 * receiver shows the status it brings.
 */
export function findCrossing(view: View, step: HandoffStep): Crossing {
  const crossing = findBySpans(view, step)
  const news = step.status ?? step.after
  if (crossing.ended !== null || news === null || !bringsNews(step)) return crossing
  const shown = findStageEvidence(view, step.spec.to, news)
  return shown === null
    ? crossing
    : { ...crossing, ended: shown.point, witnesses: [...crossing.witnesses, ...shown.witnesses] }
}

function findBySpans(view: View, step: HandoffStep): Crossing {
  switch (step.spec.kind) {
    case 'http':
    case 'person':
      return findHttpCrossing(view, step, step.spec)
    case 'queue':
      return findQueueCrossing(view, step, step.spec)
    case 'storage':
      return findStorageCrossing(view, step, step.spec)
    case 'shared-database':
      return findSharedDatabaseCrossing(view, step, step.spec)
  }
}
