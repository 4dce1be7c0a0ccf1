import type { Locator } from 'playwright/test'
import type { PageWatch } from './page-watch.ts'
import { factHead, orderAttributes, type Session } from './session.ts'
import { OrderStopped, StoryEnded } from './story-end.ts'

/** The one order of the story. */
export interface ProbeOrder {
  /** The monitor's own key of the order. */
  readonly key: string
  /** The external reference it is placed under, unique and marked as a test. */
  readonly reference: string
  /** The id the order system gave it; throws before the order is placed. */
  readonly id: string
  /** What every span of the probe says of the order. */
  readonly attributes: Readonly<Record<string, string>>
  /** Tells that the order is placed: its id, or the place in the page where the id appears. */
  placedAs(id: string | Locator): Promise<void>
  /**
   * Waits until the order has reached the stage, in the given system if one is named. Ends the story well when nothing
   * beyond the stage was asked for; throws `OrderStopped` when the order will not get there.
   */
  reaches(stage: string, options?: { readonly in?: string }): Promise<void>
  /** Tells what is known to be right of the order, under the contract's names (`content`): what the systems work out is compared with it. */
  expects(content: Readonly<Record<string, string | number>>): void
  /** Ends the story well when the stage that would be made next lies beyond what was asked for. */
  mayGoOnTo(stage: string): Promise<void>
}

export function createOrder(session: Session, watch: () => PageWatch | undefined): ProbeOrder {
  const { grant, control } = session
  const until = grant.until

  const reaches = async (stage: string, system?: string) => {
    const answer = await control.awaitStage(grant.key, stage, system)
    if (answer.state === 'stopped') throw new OrderStopped(answer.reason ?? `The order does not reach ${stage}.`)
    if (stage === until) throw new StoryEnded(`${stage} is the last stage asked for.`)
  }
  const isBeyond = (stage: string) =>
    until !== null && grant.stages.includes(until) && grant.stages.indexOf(stage) > grant.stages.indexOf(until)

  const mayGoOnTo = async (stage: string) => {
    if (until !== null && isBeyond(stage)) await reaches(until)
  }

  return {
    key: grant.key,
    reference: grant.externalReference,
    get id() {
      if (session.orderId === null) throw new Error('The order has no id before it is placed.')
      return session.orderId
    },
    get attributes() {
      return orderAttributes(session)
    },
    placedAs: async (id) => {
      const started = session.clock.now()
      const found = typeof id === 'string' ? id.trim() : await readFromPage(id, watch())
      if (found === '') throw new OrderStopped('The order was placed without an id.')
      session.orderId = found
      const head = factHead(session, `placed/${grant.key}`, started, null)
      session.facts.tell({ ...head, kind: 'order-placed', orderId: found })
      await session.facts.drain()
    },
    expects: (content) => {
      for (const [name, value] of Object.entries(content)) {
        const head = factHead(session, `expected/${grant.key}/${name}`, session.clock.now(), null)
        session.facts.tell({ ...head, kind: 'content-expected', name, value: String(value) })
      }
    },
    reaches: async (stage, options) => {
      await mayGoOnTo(stage)
      await reaches(stage, options?.in)
    },
    mayGoOnTo,
  }
}

function readFromPage(place: Locator, watch: PageWatch | undefined): Promise<string> {
  if (watch === undefined) throw new Error('The order number is read from a page, but the probe has no page.')
  return watch.textOf(place)
}
