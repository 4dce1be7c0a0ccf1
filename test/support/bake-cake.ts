import type { Fact, SourceName } from '../../src/evidence/fact.ts'
import type { Key } from '../../src/evidence/keys.ts'
import { moment, type Story, type StoryOptions, tellStory } from './story.ts'

/** When each system comes to each status, in milliseconds of the story. */
export type Shown = Readonly<Record<string, readonly (readonly [status: string, ms: number])[]>>

export const HEALTHY: Shown = {
  shop: [
    ['PLACED', 100],
    ['PHOTO', 200],
  ],
  kitchen: [
    ['PRICED', 1_500],
    ['BAKED', 3_000],
    ['ICED', 4_000],
  ],
  desk: [
    ['PRICED', 1_600],
    ['BAKED', 3_100],
    ['ICED', 4_100],
    ['GIVEN', 5_000],
  ],
}

/** What a look finds. */
export interface Look {
  readonly status: string | null
  readonly history?: readonly string[] | null
  readonly content?: Readonly<Record<string, string>>
}

export interface Baking extends Pick<StoryOptions, 'batchMs' | 'delayMs' | 'clock'> {
  /** Systems that are told of otherwise than in `HEALTHY`. */
  readonly shown?: Shown
  /** Whether answers and rows tell the history. Default: no. */
  readonly history?: boolean
  /** Whether each setting of a status leaves a span. Default: yes. */
  readonly spans?: boolean
  /** Which sources are asked about each system. Default: its API. */
  readonly sources?: readonly ('status-api' | 'postgres')[]
  /** What a source finds instead, at a moment; undefined: what is there. */
  readonly finds?: (system: string, source: SourceName, ms: number) => Look | undefined
  /** Requests that are not made, or end otherwise; by path. */
  readonly requests?: Readonly<Record<string, number | null>>
  readonly ended?: 'played' | 'order-stopped'
  readonly everyMs?: number
}

const KEYS: readonly Key[] = [{ kind: 'order', value: '1001' }]
const REQUESTS = [
  ['customer', 'shop', 'POST /orders', 90, 110],
  ['customer', 'shop', 'PUT /orders/1001/photo', 150, 210],
  ['baker', 'kitchen', 'POST /orders/1001/bake', 2_990, 3_010],
  ['baker', 'kitchen', 'POST /orders/1001/ice', 3_990, 4_010],
  ['clerk', 'desk', 'POST /orders/1001/give', 4_990, 5_010],
] as const

/** Plays one cake from its order until it is given away, with every system asked all the time, for half a minute. */
export function bakeCake(baking: Baking = {}): Story {
  const { shown = {}, history = false, spans = true, sources = ['status-api'], finds, everyMs = 200 } = baking
  const story = tellStory({ flow: 'cake', ...baking })
  const timeline: Shown = { ...HEALTHY, ...shown }
  for (const [by, system, route, from, to] of REQUESTS) {
    const status = baking.requests?.[route.split(' ')[1] ?? '']
    if (status === null) continue
    const parent = story.request(by, system, route, from, to, status ?? 200)
    if (!spans || status === 0) continue
    const [method = '', path = ''] = route.split(' ')
    const attributes = {
      'order.id': '1001',
      'http.request.method': method,
      'url.path': path,
      'http.response.status_code': status ?? 200,
    }
    story.span({
      service: system,
      name: method,
      kind: 'server',
      from: from + 1,
      to: to - 1,
      parent,
      remote: true,
      attributes,
    })
  }
  story.placed(111)
  for (const [system, statuses] of Object.entries(timeline)) {
    for (const [status, ms] of spans ? statuses : [])
      story.span({ service: system, name: `set ${status}`, from: ms - 2, to: ms, attributes: settingOf(status) })
    for (const source of sources)
      for (let ms = 10; ms < 30_000; ms += everyMs)
        look(story, source, system, ms, finds?.(system, source, ms) ?? found(statuses, ms, history))
    // What an instance says all the time lets its silence be read.
    for (let ms = 50; spans && ms < 30_000; ms += 100)
      story.span({ service: system, name: 'beat', from: ms, to: ms + 1, attributes: {} })
  }
  story.ended(5_100, baking.ended ?? 'played')
  return story
}

export const settingOf = (status: string) => ({
  'order.id': '1001',
  'order.reference': 'SYN-1',
  'order.status': status,
  'event.name': 'order.status.changed',
})

function found(statuses: readonly (readonly [string, number])[], ms: number, history: boolean): Look {
  const reached = statuses.filter(([, at]) => at <= ms).map(([status]) => status)
  return { status: reached.at(-1) ?? null, history: history && reached.length > 0 ? reached : null }
}

/** One look of a source at a system, answered a millisecond later. */
export function look(
  story: Story,
  source: 'status-api' | 'postgres',
  system: string,
  ms: number,
  { status, history = null, content }: Look,
  keys: readonly Key[] = KEYS,
): void {
  story.fact({
    ...fact(`${source}:${system}:${keys.map(({ value }) => value).join()}:${ms}`, source, ms, keys),
    kind: 'status-answered',
    system,
    status,
    history,
    ...(content === undefined ? {} : { content }),
    poll: null,
  })
}

/** What all facts have in common, told a millisecond after the moment. */
export const fact = (id: string, source: SourceName, ms: number, keys: readonly Key[] = KEYS) => ({
  id,
  source,
  at: { clock: 'monitor', earliest: moment(ms), latest: moment(ms + 1) },
  seenAt: moment(ms + 1),
  keys,
})

type Told<K extends Fact['kind']> = Omit<
  Extract<Fact, { readonly kind: K }>,
  'id' | 'source' | 'at' | 'seenAt' | 'keys' | 'kind'
>

export const fileSent = (story: Story, ms: number, told: Partial<Told<'file-sent'>> = {}): void =>
  story.fact({
    ...fact(`sent:${ms}`, 'probe', ms),
    kind: 'file-sent',
    bytes: 4_000,
    sha256: 'a'.repeat(64),
    headSha256: 'b'.repeat(64),
    type: 'image/png',
    ...told,
  })

export const fileChecked = (story: Story, ms: number, told: Partial<Told<'file-checked'>> = {}): void =>
  story.fact({
    ...fact(`checked:${ms}:${told.object}`, 'storage', ms),
    kind: 'file-checked',
    bucket: 'photos',
    object: '1001/cake.png',
    outcome: 'found',
    bytes: 4_000,
    type: 'image/png',
    sha256: 'a'.repeat(64),
    headSha256: 'b'.repeat(64),
    ...told,
  })

export const nothingStored = {
  object: null,
  outcome: 'missing',
  bytes: null,
  type: null,
  sha256: null,
  headSha256: null,
} as const

export const looked = (story: Story, ms: number, outcome: Told<'page-looked'>['outcome']): void =>
  story.fact({
    ...fact(`looked:${ms}`, 'page', ms),
    kind: 'page-looked',
    view: 'the bakers’ board',
    system: 'kitchen',
    outcome,
    detail: null,
  })
