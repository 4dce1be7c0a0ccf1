import type { MessageDelivered, MessagePublished } from '../../evidence/fact.ts'
import type { Act, ActOf } from '../../journey/act.ts'
import { trailOf } from '../../journey/broker/trail.ts'
import { endOf } from '../../journey/crossings/crossing.ts'
import { consumesOf, publishesOf } from '../../journey/crossings/queue.ts'
import type { FoundStep } from '../../journey/hops.ts'
import { settingActs } from '../../journey/stage-evidence.ts'
import { fromMs, latest, plus } from '../../shared/units.ts'
import { proofOfMessage } from '../broker-proofs.ts'
import { CLASS_OF, SEVERITY_OF } from '../catalogue.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { settleMs } from '../lacking.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * Two messages for one change, and the receiver made the change twice. Proof: two handlings of messages that differ (one published anew under its own id is the same,
 * and so is one redelivered), and two of the receiver's spans that each set the status, one below each. A sender
 * that publishes again because a confirm got lost does as it should; with a receiver that knows what it has already done nothing is wrong.
 */
export const messageDuplicated: Rule = {
  code: 'message-duplicated',
  provenBy: [['otlp']],
  judge: (course) => join(course.assembly.path.map((found, index) => judge(course, found, index))),
}

function judge(course: Course, found: FoundStep, index: number): Judgement {
  if (!('crossing' in found) || found.step.spec.kind !== 'queue') return NOTHING
  const { step } = found
  const { spec } = found.step
  const news = step.status ?? step.after
  const { view } = course.assembly
  // Without a mark on the spans that set a status, any span may only speak of it.
  if (news === null || view.contract.recognise.span.reached === undefined) return NOTHING
  const applied = consumesOf(view, step, spec).flatMap((handling): readonly Applied[] => {
    const below = new Set(view.tree.withDescendants(handling))
    const [set] = settingActs(view, spec.to, news).filter((act) => below.has(act))
    return set === undefined ? [] : [{ handling, set }]
  })
  const [first] = applied
  const second = applied.find(
    ({ handling, set }) => first !== undefined && set !== first.set && isOther(course, first.handling, handling),
  )
  if (first === undefined || second === undefined) return doubt(course, found, index, news)
  const times = [first, second].map(({ set }) => view.clocks.moment(endOf(set)).best)
  return {
    unchecked: [],
    findings: [
      {
        index,
        branch: step.branch,
        watched: spec.to,
        finding: {
          code: 'message-duplicated',
          class: CLASS_OF['message-duplicated'],
          severity: SEVERITY_OF[CLASS_OF['message-duplicated']],
          handoff: step.handoff,
          stage: news,
          message: `${spec.from} published two messages for ${news} over ${nameLink(step)}, and ${spec.to} set it twice, at ${times.map(clockTime).join(' and ')}.`,
          owner: ownerOf(course, spec.from),
          hint: `see why ${spec.from} published twice, and let ${spec.to} recognise a change it has already made`,
          detectedAt: latest(first.set.fact.seenAt, second.set.fact.seenAt),
          evidence: [
            ...proofsOfPublishing(course, found, [first, second]),
            ...[first, second].flatMap(({ handling, set }) => [proofOfAct(view, handling), proofOfAct(view, set)]),
          ],
          explains: [],
        },
      },
    ],
  }
}

/**
 * The broker handed out two messages for the change and the spans that would tell what the receiver made of them have not come: awaited for a while; without
 * them the order cannot be called sound.
 */
function doubt(
  course: Course,
  { step }: Extract<FoundStep, { crossing: unknown }>,
  index: number,
  news: string,
): Judgement {
  const { view } = course.assembly
  if (step.spec.kind !== 'queue') return NOTHING
  const { spec } = step
  const handed = trailOf(view, step, spec).tracks.flatMap(({ delivered }) => delivered.slice(0, 1))
  const last = handed.filter(({ messageId }) => messageId !== null)[1]
  if (last === undefined) return NOTHING
  const told = consumesOf(view, step, spec)
  const isTold = ({ messageId }: MessageDelivered): boolean =>
    told.some(({ message }) => message.messageId === messageId) ||
    told.every(({ message }) => message.messageId === null)
  if (told.length >= handed.length && handed.every(isTold)) return NOTHING
  const settled = plus(last.at.latest, fromMs(settleMs(course)))
  const until = course.now < settled ? settled : null
  const what = `that ${spec.to}, which was handed two messages for it, set ${news} only once`
  return {
    findings: [],
    unchecked: [{ code: 'message-duplicated', handoff: step.handoff, stage: news, why: `no spans of ${spec.to} tell` }],
    pending: [{ index, branch: step.branch, watched: spec.to, until, what }],
  }
}

interface Applied {
  readonly handling: ActOf<'consume'>
  readonly set: Act
}

/** Another message, not the same one again: by message id, else by the publish above. */
function isOther(course: Course, a: ActOf<'consume'>, b: ActOf<'consume'>): boolean {
  const [idOfA, idOfB] = [a.message.messageId, b.message.messageId]
  if (idOfA !== null && idOfB !== null) return idOfA !== idOfB
  const [publishOfA, publishOfB] = [publishAbove(course, a), publishAbove(course, b)]
  return publishOfA !== undefined && publishOfB !== undefined && publishOfA !== publishOfB
}

const publishAbove = (course: Course, act: Act): Act | undefined => {
  const { tree } = course.assembly.view
  const linked = act.span.links.map((link) => tree.find(link)).find((to) => to?.op === 'publish')
  return (
    linked ??
    tree
      .lineage(act)
      .drop(1)
      .find(({ op }) => op === 'publish')
  )
}

/** The two publications, by the broker or by the sender's spans, where these were seen. */
function proofsOfPublishing(
  course: Course,
  { step }: Extract<FoundStep, { crossing: unknown }>,
  applied: readonly Applied[],
): readonly Proof[] {
  const { view } = course.assembly
  if (step.spec.kind !== 'queue') return []
  const { spec } = step
  const ids = new Set(applied.flatMap(({ handling }) => handling.message.messageId ?? []))
  const told = trailOf(view, step, spec).tracks.flatMap(({ published }): readonly MessagePublished[] =>
    published.slice(0, 1),
  )
  const byBroker = told.filter(({ messageId }) => messageId !== null && ids.has(messageId))
  if (byBroker.length > 1) return byBroker.map(proofOfMessage)
  const above = new Set(applied.map(({ handling }) => publishAbove(course, handling)))
  return publishesOf(view, step, spec)
    .filter((act) => above.has(act) || (act.message.messageId !== null && ids.has(act.message.messageId)))
    .map((act) => proofOfAct(view, act))
}
