import type { BrowserContext } from 'playwright/test'
import type { ProbeSettings } from './control-protocol.ts'
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
import type { Session } from './session.ts'
import { readProbeSettings } from './settings.ts'
import { firstLine, StoryEnded } from './story-end.ts'

/** The people and things of a story. */
export interface Cast {
  readonly order: ProbeOrder
  readonly model: ModelMaker
  readonly customer: Customer
  readonly partner: Partner
  readonly seller: Seller
  readonly operator: Operator
  readonly carrier: Carrier
}

/** One story: its order is entered, its cast ready. */
export interface Story {
  readonly cast: Cast
  /** Marks and tells what pages of this browser context ask of the order system. */
  watch(context: BrowserContext): Promise<void>
  /** Plays the story and tells how it ended. Throws what should fail the test. */
  play(body: () => Promise<void>): Promise<void>
  /** Ends a story that came to no end of its own, for the reason given, and lets go of everything. */
  close(reason: string): Promise<StoryOutcome>
}

/** Has the order entered and assembles the cast; the settings are those of the environment unless others are given. */
export async function openStory(
  about: {
    readonly probe: string
    readonly flow: string
    readonly until: string | null
    readonly modelFolder: string
    readonly needsPage: boolean
  },
  settings: ProbeSettings = readProbeSettings(),
): Promise<Story> {
  const { modelFolder, needsPage, ...asked } = about
  if (needsPage && settings.browser === null) throw new Error('This probe works on a page, and there is no browser.')
  const session = await openSession(settings, asked)
  const models = createModelMaker(modelFolder, session.grant.key)
  let watching: PageWatch | undefined
  let end: StoryOutcome | undefined

  const finish = async (how: StoryOutcome) => {
    end = how
    watching?.stop()
    await tellEnd(session, how)
  }

  return {
    cast: {
      order: createOrder(session, () => watching),
      model: models.maker,
      customer: createCustomer(session),
      partner: createPartner(session),
      seller: createSeller(session),
      operator: createOperator(session),
      carrier: createCarrier(session),
    },
    watch: async (context) => {
      watching = await watchPage(session, context, models.last)
    },
    play: async (body) => {
      let thrown: unknown
      try {
        await body()
        await session.facts.drain()
      } catch (error) {
        thrown = error
      }
      await finish(thrown === undefined ? { outcome: 'played', detail: null } : classifyEnd(thrown, watching))
      if (session.settings.awaitVerdict) await failWhenBroken(session)
      if (thrown !== undefined && !(thrown instanceof StoryEnded)) throw thrown
    },
    close: async (reason) => {
      await models.remove()
      try {
        if (end === undefined) await finish({ outcome: 'broke', detail: firstLine(new Error(reason)) })
      } finally {
        await session.spans.stop()
      }
      return end ?? { outcome: 'broke', detail: reason }
    },
  }
}

async function failWhenBroken(session: Session): Promise<void> {
  const { verdict, reason } = await session.control.awaitVerdict(session.grant.key)
  if (verdict === 'broken') throw new Error(reason ?? 'The order is broken.')
}
