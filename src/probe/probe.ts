import { basename, join } from 'node:path'
import { test as base, type TestInfo } from 'playwright/test'
import { END_ANNOTATION, FLOW_ANNOTATION, UNTIL_ANNOTATION } from './annotations.ts'
import { createModelMaker, type ModelMaker } from './model-fixture.ts'
import { openSession } from './open-session.ts'
import { createOrder, type ProbeOrder } from './order.ts'
import { type PageWatch, watchPage } from './page-watch.ts'
import { type Carrier, createCarrier } from './people/carrier.ts'
import { type Customer, createCustomer } from './people/customer.ts'
import { createOperator, type Operator } from './people/operator.ts'
import { createPartner, type Partner } from './people/partner.ts'
import { createSeller, type Seller } from './people/seller.ts'
import { classifyEnd, type StoryOutcome, tellEnd } from './play.ts'
import { PROBE_FILE_SUFFIX } from './probe-files.ts'
import type { Session } from './session.ts'
import { readProbeSettings } from './settings.ts'
import { firstLine, StoryEnded } from './story-end.ts'

/** What one story keeps while it is played. */
interface Story {
  readonly session: Session
  watch: PageWatch | undefined
  end: StoryOutcome | undefined
}

interface Cast {
  readonly story: Story
  readonly order: ProbeOrder
  readonly model: ModelMaker
  readonly customer: Customer
  readonly partner: Partner
  readonly seller: Seller
  readonly operator: Operator
  readonly carrier: Carrier
}

const annotated = (testInfo: TestInfo, type: string): string | null =>
  testInfo.annotations.find((annotation) => annotation.type === type)?.description ?? null

const test = base.extend<Cast>({
  // Playwright reads the fixtures a function needs from its first parameter, so even an empty pattern must be written.
  // biome-ignore lint/correctness/noEmptyPattern: required by Playwright
  story: async ({}, use, testInfo) => {
    const probe = basename(testInfo.file, PROBE_FILE_SUFFIX)
    const flow = annotated(testInfo, FLOW_ANNOTATION) ?? probe
    const session = await openSession(readProbeSettings(), {
      probe,
      flow,
      until: annotated(testInfo, UNTIL_ANNOTATION),
    })
    const story: Story = { session, watch: undefined, end: undefined }
    await use(story)
    if (story.end === undefined) {
      // The story never came to an end of its own: a fixture failed, or Playwright ran out of time.
      const trouble = testInfo.errors[0]?.message ?? `the probe ended as ${testInfo.status}`
      story.end = { outcome: 'broke', detail: firstLine(new Error(trouble)) }
      await tellEnd(session, story.end)
    }
    testInfo.annotations.push({ type: END_ANNOTATION, description: JSON.stringify(story.end) })
    await session.spans.stop()
  },
  order: async ({ story }, use) => use(createOrder(story.session, () => story.watch)),
  model: async ({ story }, use, testInfo) => {
    const { maker, remove } = createModelMaker(join(testInfo.outputDir, 'models'), story.session.grant.key)
    await use(maker)
    await remove()
  },
  customer: async ({ story }, use) => use(createCustomer(story.session)),
  partner: async ({ story }, use) => use(createPartner(story.session)),
  seller: async ({ story }, use) => use(createSeller(story.session)),
  operator: async ({ story }, use) => use(createOperator(story.session)),
  carrier: async ({ story }, use) => use(createCarrier(story.session)),
  // biome-ignore lint/correctness/noEmptyPattern: required by Playwright
  baseURL: async ({}, use) => use(readProbeSettings().targets.shop),
  launchOptions: [
    async ({ launchOptions }, use) => {
      const browser = readProbeSettings().browser
      await use(browser === null ? launchOptions : { ...launchOptions, executablePath: browser.executablePath })
    },
    { scope: 'worker' },
  ],
  context: async ({ story, context }, use) => {
    story.watch = await watchPage(story.session, context)
    await use(context)
  },
})

/** Everything a story may ask for by name. */
export type ProbeCast = Omit<Parameters<Parameters<typeof test>[2]>[0], 'story'>

/** What a probe says of itself. */
export interface ProbeOptions {
  /** The flow of the contract the order follows. */
  readonly flow: string
  /** The last stage this probe asks for; the run's own wish comes second. */
  readonly until?: string
}

/**
 * A probe: places one order and plays the people's parts. The story names the people and things it needs in its first
 * parameter (`{ page, model, order, customer, … }`) and reads like what it plays.
 */
export function probe(title: string, options: ProbeOptions, body: (cast: ProbeCast) => Promise<void>): void {
  const play = async (cast: ProbeCast & Pick<Cast, 'story'>) => {
    const { story } = cast
    const { session } = story
    let thrown: unknown
    try {
      await body(cast)
      await session.facts.drain()
      story.end = { outcome: 'played', detail: null }
    } catch (error) {
      thrown = error
      story.end = classifyEnd(error, story.watch)
    }
    await tellEnd(session, story.end)
    if (session.settings.awaitVerdict) await failUnlessWell(session)
    if (thrown !== undefined && !(thrown instanceof StoryEnded)) throw thrown
  }
  // Playwright learns from a function's text which fixtures to make; without this a page would be opened for every story.
  const text = withStory(body.toString())
  Object.defineProperty(play, 'toString', { value: () => text })

  const annotation = [{ type: FLOW_ANNOTATION, description: options.flow }]
  if (options.until !== undefined) annotation.push({ type: UNTIL_ANNOTATION, description: options.until })
  test(title, { annotation }, play)
}

/** The story's text with `story` among the fixtures it asks for. */
const withStory = (text: string): string =>
  text.replace(/^(\s*(?:async\s*)?(?:function\s*\w*\s*)?\()\s*(?:\{|(?=\)))/, (_, head: string) =>
    text.slice(head.length).trimStart().startsWith('{') ? `${head}{ story, ` : `${head}{ story }`,
  )

async function failUnlessWell(session: Session): Promise<void> {
  const { verdict, reason } = await session.control.awaitVerdict(session.grant.key)
  if (verdict === 'broken') throw new Error(reason ?? 'The order is broken.')
}
