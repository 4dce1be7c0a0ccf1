import type { Contract, ViewSpec } from '../contract/contract.ts'
import { durationMs } from '../journey/path.ts'
import { fromMs, plus, type UnixNanos } from '../shared/units.ts'
import type { Standing, Watched } from './follow/watched.ts'

/** Beyond the time a page has, a person who is played waits no longer for it: by then it was found wanting, or cannot be told. */
const PATIENCE_MS = 15_000

/**
 * Whether a person who works in `system` can know of the stage as far as its pages go. Where pages are looked at, people act on what a page shows, not on
 * what the system answers when asked in other ways; or a page that shows nothing would never be found.
 */
export function isShown(
  { views }: Contract,
  order: Pick<Watched, 'facts'>,
  { evaluation }: Standing,
  at: { readonly stage: string; readonly system: string; readonly now: UnixNanos },
): boolean {
  const stages = evaluation.journey.stages
  const reached = stages.find(({ stage }) => stage === at.stage)
  const patient = ({ within }: ViewSpec): boolean =>
    reached?.at != null && at.now < plus(reached.at.latest, fromMs(durationMs(within) + PATIENCE_MS))
  const shown = (name: string): boolean =>
    order.facts().some((fact) => fact.kind === 'page-looked' && fact.view === name && fact.outcome === 'shown')
  const goneOn = ({ until }: ViewSpec): boolean =>
    stages.some(({ stage, state }) => stage === until && state === 'reached')
  return Object.entries(views ?? {})
    .filter(([, view]) => view.system === at.system && view.shows === at.stage)
    .every(([name, view]) => shown(name) || goneOn(view) || !patient(view))
}
