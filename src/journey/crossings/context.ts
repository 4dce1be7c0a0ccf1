import type { Act } from '../act.ts'
import type { Hop } from '../journey.ts'
import type { SpanTree } from '../span-tree.ts'

/**
 * How trace context came over from the sender's act to the receiver's: as parent, as link, or not at all. `unknown` while the receiver's
 * parent or link leads to a span that has not been seen, because that span may be the missing piece.
 */
export function contextBetween(tree: SpanTree, sender: Act | null, receiver: Act | null): Hop['context'] {
  if (sender === null || receiver === null) return 'unknown'
  if (sender.span.traceId === receiver.span.traceId) {
    const top = sender.op === 'publish' || sender.op === 'call' ? sender : rootOf(tree, sender)
    if (tree.isWithin(receiver, top)) return 'continuous'
    if (linksTo(receiver, sender)) return 'linked'
    return hasUnseenAncestor(tree, receiver) ? 'unknown' : sameTraceContext(tree, sender, receiver)
  }
  if (linksTo(receiver, sender)) return 'linked'
  return hasUnseenAncestor(tree, receiver) || hasUnseenLink(tree, receiver) ? 'unknown' : 'lost'
}

const linksTo = (receiver: Act, sender: Act): boolean =>
  receiver.span.links.some((link) => link.traceId === sender.span.traceId)

/** One trace, but the receiver is not below the sender: it is continuous as long as both hang on something common. */
const sameTraceContext = (tree: SpanTree, sender: Act, receiver: Act): Hop['context'] =>
  rootOf(tree, sender) === rootOf(tree, receiver) ? 'continuous' : 'linked'

const rootOf = (tree: SpanTree, act: Act): Act => tree.lineage(act).toArray().at(-1) ?? act

const hasUnseenAncestor = (tree: SpanTree, act: Act): boolean => tree.isOrphan(rootOf(tree, act))
const hasUnseenLink = (tree: SpanTree, act: Act): boolean =>
  act.span.links.some((link) => tree.find(link) === undefined)
