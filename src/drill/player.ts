import { join } from 'node:path'
import type { ProbeSettings } from '../probe/control-protocol.ts'
import type { ProbeOutcome } from '../probe/run-probe.ts'
import { openStory } from '../probe/story.ts'
import type { Pace, StoryPlan } from './stories.ts'

/**
 * Plays a story in this process with the same people a probe has. Playwright would cost a second of processor time for each order, and what
 * it adds (pages, isolation) these stories have no use for; the rows about probes and pages are played by Playwright.
 */
export async function playStory(
  { flow, patienceMs, body }: Omit<StoryPlan, 'flow'> & { readonly flow: string },
  pace: Pace,
  probe: string,
  settings: ProbeSettings,
  folder: string,
): Promise<ProbeOutcome> {
  const patience = patienceMs === undefined ? {} : { requestTimeoutMs: patienceMs, uploadTimeoutMs: patienceMs }
  const story = await openStory(
    { probe, flow, until: null, modelFolder: join(folder, 'models'), needsPage: false },
    { ...settings, ...patience },
  )
  // Whatever a story throws, its end has been told as a fact, which is all that counts here.
  await story.play(() => body(story.cast, pace)).catch(() => undefined)
  const end = await story.close('The story came to no end of its own.')
  return { ...end, told: true, attachments: [] }
}
