import type { Cast } from '../probe/story.ts'
import { OrderStopped } from '../probe/story-end.ts'
import { delay } from '../shared/wait.ts'

/** How one order is played: which flow it follows, what its people do, and how patient they are. */
export interface StoryPlan {
  readonly flow: 'customer' | 'partner'
  /** Longest a person waits for an answer, in milliseconds; without it as long as any probe. */
  readonly patienceMs?: number
  readonly body: (cast: Cast, pace: Pace) => Promise<void>
}

/** What a story's people do between two acts. */
export interface Pace {
  /** Called before each act, with the stage from which the act takes the order on. */
  readonly pause: (stage: string) => Promise<void>
  /** What the contract calls a stage of ours; without it the same. */
  readonly called?: (stage: string) => string
}

/** A model of known measures: whatever its bytes, manufacturing charges the same for it. */
const BAND = { format: 'stl', triangles: 2_000, shape: 'plain band' } as const
/** By the price list of manufacturing. */
const BAND_CENTS = 7_105
const TRIANGLES = 2_000
/** Priced as long as the order system takes for any model. */
const HEAVY_TRIANGLES = 60_000
/** Inside the time the contract gives a person, and far from short. */
const AN_HOUR_OF_A_DAY_MS = 8_000
const BEFORE_ORDERING_AGAIN_MS = 1_500
const SHORT_PATIENCE_MS = 2_000
const IMPATIENT_UPLOAD_MS = 4_000

const places = async (
  { customer, order, model }: Cast,
  { pause }: Pace,
  triangles: number | null = null,
): Promise<void> => {
  await customer.orders(order)
  await pause('INITIATED')
  await customer.uploads(order, await model.file(triangles === null ? BAND : { format: 'stl', triangles }))
  if (triangles === null) order.expects({ price: BAND_CENTS })
  await pause('FILE_UPLOADED')
  await customer.submits(order)
}

const reaches = (order: Cast['order'], { called }: Pace, stage: string): Promise<void> =>
  order.reaches(called === undefined ? stage : called(stage))

const isSold = async ({ order, seller }: Cast, pace: Pace): Promise<void> => {
  await reaches(order, pace, 'PRICE_CALCULATED')
  await pace.pause('PRICE_CALCULATED')
  await seller.approves(order)
}

const isMade = async ({ order, operator, carrier }: Cast, pace: Pace): Promise<void> => {
  const acts = [
    ['MANUFACTURING_APPROVED', operator.takes],
    ['MANUFACTURING_STARTED', operator.completes],
    ['MANUFACTURING_COMPLETED', operator.packs],
    ['PACKAGING', operator.ships],
    ['SHIPPED', carrier.delivers],
  ] as const
  for (const [stage, act] of acts) {
    await pace.pause(stage)
    await act(order)
  }
  await reaches(order, pace, 'CLOSED')
}

const goesOn = async (cast: Cast, pace: Pace): Promise<void> => {
  await isSold(cast, pace)
  await isMade(cast, pace)
}

/** The stories by name. */
export const STORIES = {
  customer: {
    flow: 'customer',
    body: async (cast, pace) => {
      await places(cast, pace)
      await goesOn(cast, pace)
    },
  },
  partner: {
    flow: 'partner',
    body: async (cast, pace) => {
      await cast.partner.orders(cast.order, await cast.model.file({ format: '3mf', triangles: TRIANGLES }))
      await goesOn(cast, pace)
    },
  },
  'customer with a heavy model': {
    flow: 'customer',
    body: async (cast, pace) => {
      await places(cast, pace, HEAVY_TRIANGLES)
      await goesOn(cast, pace)
    },
  },
  'customer builds the ring': {
    flow: 'customer',
    body: async (cast, pace) => {
      await cast.customer.orders(cast.order)
      await cast.customer.builds(cast.order, { triangles: TRIANGLES })
      await cast.customer.submits(cast.order)
      await goesOn(cast, pace)
    },
  },
  'customer with little patience': {
    flow: 'customer',
    patienceMs: IMPATIENT_UPLOAD_MS,
    body: async (cast, pace) => {
      await places(cast, pace)
      await goesOn(cast, pace)
    },
  },
  'customer orders again after a timeout': {
    flow: 'customer',
    patienceMs: SHORT_PATIENCE_MS,
    body: async (cast, pace) => {
      try {
        await cast.customer.orders(cast.order)
      } catch (error) {
        if (!(error instanceof OrderStopped)) throw error
        await delay(BEFORE_ORDERING_AGAIN_MS)
        await cast.customer.orders(cast.order)
      }
      await cast.customer.uploads(cast.order, await cast.model.file({ format: 'stl', triangles: TRIANGLES }))
      await cast.customer.submits(cast.order)
      await goesOn(cast, pace)
    },
  },
  'operator forgets to pack': {
    flow: 'customer',
    body: async (cast, pace) => {
      await places(cast, pace)
      await isSold(cast, pace)
      await cast.operator.takes(cast.order)
      await cast.operator.completes(cast.order)
    },
  },
  'operator forgets to send': {
    flow: 'customer',
    body: async (cast, pace) => {
      await places(cast, pace)
      await isSold(cast, pace)
      await cast.operator.takes(cast.order)
      await cast.operator.completes(cast.order)
      await cast.operator.packs(cast.order)
    },
  },
  'seller waits for the page': {
    flow: 'customer',
    body: async (cast, pace) => {
      await places(cast, pace)
      await reaches(cast.order, pace, 'PRICE_CALCULATED')
      // Nobody acts on what the page does not show: the order waits with them.
      await reaches(cast.order, pace, 'MANUFACTURING_APPROVED')
    },
  },
  'operator waits for the page': {
    flow: 'customer',
    body: async (cast, pace) => {
      await places(cast, pace)
      await isSold(cast, pace)
      await pace.pause('MANUFACTURING_APPROVED')
      await reaches(cast.order, pace, 'MANUFACTURING_STARTED')
    },
  },
  'seller takes an hour': {
    flow: 'customer',
    body: async (cast, pace) => {
      await places(cast, pace)
      await reaches(cast.order, pace, 'PRICE_CALCULATED')
      await delay(AN_HOUR_OF_A_DAY_MS)
      await cast.seller.approves(cast.order)
      await isMade(cast, pace)
    },
  },
  'seller closes by hand': {
    flow: 'customer',
    body: async (cast, pace) => {
      await places(cast, pace)
      await isSold(cast, pace)
      await cast.operator.makes(cast.order)
      await cast.seller.closes(cast.order)
      await reaches(cast.order, pace, 'CLOSED')
    },
  },
} as const satisfies Readonly<Record<string, StoryPlan>>

export type StoryName = keyof typeof STORIES

/** The plan of a story. */
export const storyOf = (name: StoryName): StoryPlan => STORIES[name]
