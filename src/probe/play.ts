import type { ProbeEnded } from '../evidence/fact.ts'
import type { PageWatch } from './page-watch.ts'
import { factHead, type Session } from './session.ts'
import { firstLine, OrderStopped, StoryEnded } from './story-end.ts'

/** How the story of one probe ended. */
export interface StoryOutcome {
  readonly outcome: Exclude<ProbeEnded['outcome'], 'killed'>
  readonly detail: string | null
}

/** Class of what a story threw: the order's trouble is never the probe's. */
export function classifyEnd(thrown: unknown, watch: PageWatch | undefined): StoryOutcome {
  if (thrown instanceof StoryEnded) return { outcome: 'played', detail: thrown.message }
  if (thrown instanceof OrderStopped) return { outcome: 'order-stopped', detail: thrown.message }
  // A selector that finds nothing because the system refused what the page asked is no fault of the selector.
  const refused = watch?.trouble() ?? null
  if (refused !== null) return { outcome: 'order-stopped', detail: refused }
  return { outcome: 'broke', detail: firstLine(thrown) }
}

/** Tells the end, once everything that came before it has landed. */
export async function tellEnd(session: Session, end: StoryOutcome): Promise<void> {
  await session.spans.flush()
  const head = factHead(session, `ended/${session.grant.key}`, session.clock.now(), null)
  session.facts.tell({ ...head, kind: 'probe-ended', ...end })
  await session.facts.drain()
}
