import { runOnce } from '../../src/app/run.ts'
import type { Sandbox } from '../../src/app/sandbox-process.ts'
import type { App } from '../../src/app/start.ts'
import { playStory } from '../../src/drill/player.ts'
import { STORIES } from '../../src/drill/stories.ts'
import type { VerdictDocument } from '../../src/report/verdict-schema.ts'
import { paceOf } from './pace-of.ts'

const never = new AbortController().signal

/** Plays one customer order under a fault of its own (null: none) and follows it; `beforeAct` is called before each act with the stage it takes the order on from. */
export async function playCustomer(
  app: App,
  sandbox: Sandbox,
  fault: string | null,
  beforeAct: (stage: string) => Promise<void>,
): Promise<VerdictDocument> {
  const { documents } = await runOnce(app, {
    probe: { name: 'trouble', file: '' },
    browser: null,
    until: null,
    signal: never,
    onOrder: ({ order }) =>
      fault === null ? undefined : sandbox.faults.set(fault, { kind: 'order', reference: order.key }),
    play: (probe, folder) => playStory(STORIES.customer, paceOf(beforeAct), 'trouble', probe, folder),
  })
  const [document] = documents
  if (document === undefined) throw new Error('A run has an order.')
  return document
}
