import { basename } from 'node:path'
import type { Watched } from '../app/follow/watched.ts'
import { runOnce } from '../app/run.ts'
import type { App } from '../app/start.ts'
import type { Browser } from '../embedded/browser.ts'
import { PROBE_FILE_SUFFIX } from '../probe/names.ts'
import { called } from './called.ts'
import { detect } from './detect.ts'
import type { Detection, Judged } from './judged.ts'
import { playStory } from './player.ts'
import type { Row } from './row.ts'
import { storyOf } from './stories.ts'
import { placeStrangers } from './strangers.ts'
import { type Trouble, troubleOf } from './trouble.ts'

export interface PlayOptions {
  readonly signal: AbortSignal
  /** For rows that are played by Playwright on a page. */
  readonly browser: Browser | null
  /** Called before each act of a seller, operator or carrier; without it they act at once. */
  readonly pause?: () => Promise<void>
}

/** Plays one row and follows its order to its verdict. The fault is off again when this resolves or rejects. */
export async function playRow(app: App, row: Row, { signal, browser, pause }: PlayOptions): Promise<Judged> {
  const rows = row.beside === null ? [row] : [row, row.beside]
  let troubles: readonly { readonly of: Row; readonly trouble: Trouble }[] = []
  let detection: Detection | null = null
  const name = (place: string) => called(app.settings, place)
  const plan = storyOf(row.story)
  const story = { ...plan, flow: name(plan.flow) }
  const onOrder = async (watched: Watched) => {
    await placeStrangers(app, row.strangers, signal)
    troubles = rows.map((of) => ({ of, trouble: troubleOf(of, app, watched, signal) }))
    watched.onChange((standing) => {
      detection ??= detect(row, standing, watched.facts(), app.contract)
    })
    for (const { of, trouble } of troubles) {
      const begun = trouble.begun()
      if (of.after === null) await begun
      else begun.catch(() => {})
    }
  }
  const beforeAct = async (stage: string) => {
    for (const { trouble } of troubles) await trouble.at(name(stage))
    await pause?.()
  }
  try {
    const common = { browser, until: null, signal, onOrder }
    const { documents } = await (row.probe === null
      ? runOnce(app, {
          ...common,
          probe: { name: 'drill', file: '' },
          play: (settings, folder) => playStory(story, { pause: beforeAct, called: name }, 'drill', settings, folder),
        })
      : runOnce(app, { ...common, probe: { name: basename(row.probe, PROBE_FILE_SUFFIX), file: row.probe } }))
    const [document] = documents
    if (document === undefined) throw new Error('A run has an order.')
    return { document, detection }
  } finally {
    await Promise.all(troubles.map(({ trouble }) => trouble.end()))
  }
}
