import type { HandoffStep } from '../path.ts'
import type { View } from '../view.ts'
import type { Crossing } from './crossing.ts'
import { findHttpCrossing } from './http.ts'
import { findQueueCrossing } from './queue.ts'
import { findSharedDatabaseCrossing } from './shared-database.ts'
import { findStorageCrossing } from './storage.ts'

/** Finds the signs of one crossing; each kind of hand-off leaves its own. */
export function findCrossing(view: View, step: HandoffStep): Crossing {
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
