import type { Contract, QueueHandoff } from '../../contract/contract.ts'
import type { MessageFact } from '../../evidence/fact.ts'
import { firstText } from '../../evidence/message-ids.ts'
import type { Act, ActOf, MessageAddress } from '../act.ts'
import { isShared, keysOf, queueHandoffsOf } from '../broker/addresses.ts'
import { type MessageTrack, trailOf } from '../broker/trail.ts'
import type { Point } from '../clocks/solve.ts'
import { forStatus, type HandoffStep } from '../path.ts'
import type { View } from '../view.ts'
import { contextBetween } from './context.ts'
import { type Crossing, sourcesOf, startOf } from './crossing.ts'

/** A message: from the sender's publish to the first time the receiver is handed it. Spans tell first; the broker fills in the side that left none. */
export function findQueueCrossing(view: View, step: HandoffStep, spec: QueueHandoff): Crossing {
  const published = publishesOf(view, step, spec)
  const consumed = consumesOf(view, step, spec)
  const { publish, consume } = pair(view, published, consumed)
  const { entered, handedOut } = passage(trailOf(view, step, spec).tracks, consume ?? publish)
  const [from, to] = [pointOf(entered), pointOf(handedOut)]
  return {
    started: publish === null ? from : startOf(publish),
    ended: consume === null ? to : startOf(consume),
    sender: publish,
    receiver: consume,
    request: null,
    context: contextBetween(view.tree, publish, consume),
    witnesses: [
      ...new Set([...sourcesOf([publish, consume]), ...[entered, handedOut].flatMap((fact) => fact?.source ?? [])]),
    ],
    ...(from === null || to === null ? {} : { dwell: { from, to } }),
  }
}

/** The broker's own word of one message's way in and first way out: of the message the span names, else of the first that was handed out, else of the first. */
function passage(tracks: readonly MessageTrack[], act: ActOf<'publish'> | ActOf<'consume'> | null) {
  const id = act?.message.messageId ?? null
  const track =
    tracks.find(({ last }) => id !== null && last.messageId === id) ??
    tracks.find(({ delivered }) => delivered.length > 0) ??
    tracks[0]
  return { entered: track?.published[0] ?? null, handedOut: track?.delivered[0] ?? null }
}

const pointOf = (fact: MessageFact | null): Point | null => (fact === null ? null : { ...fact.at, seenAt: fact.seenAt })

/** The sender's publishes that agree with the hand-off's exchange and key, in order. */
export function publishesOf(view: View, step: HandoffStep, spec: QueueHandoff): readonly ActOf<'publish'>[] {
  const key = forStatus(spec.key, step.status)
  return view
    .actsOf(spec.from)
    .filter((act): act is ActOf<'publish'> => act.op === 'publish' && agrees(act.message, spec.exchange, key))
}

/**
 * The receiver's deliveries of this message: by its routing key, or, for one that came back from a retry queue under another key, by its queue together with
 * what else tells whose it is.
 */
export function consumesOf(view: View, step: HandoffStep, spec: QueueHandoff): readonly ActOf<'consume'>[] {
  const key = forStatus(spec.key, step.status)
  const published = publishesOf(view, step, spec)
  const elsewhere = otherKeys(view.contract, key)
  return view.actsOf(spec.to).filter((act): act is ActOf<'consume'> => {
    if (act.op !== 'consume') return false
    const { queue, exchange } = act.message
    if (queue !== null && queue !== spec.queue && queue !== key) return false
    if (act.message.key === key || exchange === key) return true
    if (act.message.key !== null && elsewhere.has(act.message.key)) return false
    if (published.some((publish) => isCause(view, publish, act))) return true
    if (queue === null && exchange !== spec.exchange && act.message.key !== spec.queue) return false
    return !isShared(view.contract, spec.queue) || bringsNews(view, act, step)
  })
}

/** Keys under which other messages travel. */
const otherKeys = (contract: Contract, key: string | null): ReadonlySet<string> =>
  new Set(
    queueHandoffsOf(contract)
      .flatMap(keysOf)
      .filter((other) => other !== key),
  )

/** The receiver's own spans below the delivery speak of the status this message brings. */
function bringsNews(view: View, act: ActOf<'consume'>, step: HandoffStep): boolean {
  const news = step.status ?? step.after
  const attribute = view.contract.recognise.span.status
  return view.tree.withDescendants(act).some(({ span }) => firstText(span.attributes, [attribute]) === news)
}

/** Agreement on every coordinate that is told, and on at least one. */
function agrees(message: MessageAddress, exchange: string, key: string | null): boolean {
  if (message.exchange !== null && message.exchange !== exchange && message.exchange !== key) return false
  if (message.key !== null && key !== null && message.key !== key) return false
  return message.exchange === exchange || message.key === key || message.exchange === key
}

/** The first delivery together with the publish that caused it, by parent, link or message id; else the first of each. */
function pair(view: View, published: readonly ActOf<'publish'>[], consumed: readonly ActOf<'consume'>[]) {
  for (const consume of consumed) {
    const cause = published.find((publish) => isCause(view, publish, consume))
    if (cause !== undefined) return { publish: cause, consume }
  }
  return { publish: published[0] ?? null, consume: consumed[0] ?? null }
}

/** The message's own publish: in one trace for the whole order every earlier publish lies above as well. */
const nearestPublish = (view: View, act: Act): Act | undefined =>
  view.tree
    .lineage(act)
    .drop(1)
    .find(({ op }) => op === 'publish')

function isCause(view: View, publish: ActOf<'publish'>, consume: ActOf<'consume'>): boolean {
  if (publish.message.messageId !== null && publish.message.messageId === consume.message.messageId) return true
  if (nearestPublish(view, consume) === publish) return true
  return consume.span.links.some((link) => link.spanId === publish.span.spanId && link.traceId === publish.span.traceId)
}
