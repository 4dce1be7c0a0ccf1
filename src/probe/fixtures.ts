import { basename, join } from 'node:path'
import { test as base, type TestInfo } from 'playwright/test'
import { END_ANNOTATION, FLOW_ANNOTATION, PAGE_ANNOTATION, PROBE_FILE_SUFFIX, UNTIL_ANNOTATION } from './names.ts'
import type { Cast, Story } from './story.ts'

/** Playwright's test with the cast of a story. `story` itself is for `probe()` only. */
export type Fixtures = Cast & { readonly story: Story }

const annotated = (testInfo: TestInfo, type: string): string | null =>
  testInfo.annotations.find((annotation) => annotation.type === type)?.description ?? null

/**
 * The fixtures. Playwright loads a probe file twice, first only to list what is in it: what a story needs is therefore
 * imported when the story opens, which brings every order on its way a fifth of a second earlier.
 */
export const test = base.extend<Fixtures>({
  /* oxlint-disable no-empty-pattern */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its first parameter
  story: async ({}, use, testInfo) => {
    const { openStory } = await import('./story.ts')
    // The title path begins with the probe's file; `testInfo.file` is where `test` was called, which is here in this folder.
    const probe = basename(testInfo.titlePath[0] ?? '', PROBE_FILE_SUFFIX)
    const story = await openStory({
      probe,
      flow: annotated(testInfo, FLOW_ANNOTATION) ?? probe,
      until: annotated(testInfo, UNTIL_ANNOTATION),
      needsPage: annotated(testInfo, PAGE_ANNOTATION) !== null,
      modelFolder: join(testInfo.outputDir, 'models'),
    })
    await use(story)
    // Without an end of its own a fixture failed, or Playwright ended the test.
    const end = await story.close(testInfo.errors[0]?.message ?? `The probe ended as ${testInfo.status}.`)
    testInfo.annotations.push({ type: END_ANNOTATION, description: JSON.stringify(end) })
  },
  order: async ({ story }, use) => use(story.cast.order),
  model: async ({ story }, use) => use(story.cast.model),
  customer: async ({ story }, use) => use(story.cast.customer),
  partner: async ({ story }, use) => use(story.cast.partner),
  seller: async ({ story }, use) => use(story.cast.seller),
  operator: async ({ story }, use) => use(story.cast.operator),
  carrier: async ({ story }, use) => use(story.cast.carrier),
  baseURL: async ({ baseURL }, use) => {
    const { readProbeSettings } = await import('./settings.ts')
    const { targets, acts } = readProbeSettings()
    await use(targets[acts['customer orders'].system] ?? baseURL)
  },
  launchOptions: [
    async ({ launchOptions }, use) => {
      const { readProbeSettings } = await import('./settings.ts')
      const { browser } = readProbeSettings()
      await use(browser === null ? launchOptions : { ...launchOptions, executablePath: browser.executablePath })
    },
    { scope: 'worker' },
  ],
  context: async ({ story, context }, use) => {
    await story.watch(context)
    await use(context)
  },
})
