import { firstText } from '../../evidence/message-ids.ts'
import type { Course } from '../course.ts'
import { clockTime, proofOfAct } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { atOwner, foundAt } from '../place.ts'
import { NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * One placement made two orders. Proof: two order ids under our reference at the system the order is born in, as its rows tell; or two spans of that system
 * that set the first status under two ids. Other systems may know the order by numbers of their own, and one order may answer to two names: neither counts.
 */
export const orderDuplicated: Rule = {
  code: 'order-duplicated',
  provenBy: [['postgres'], ['otlp']],
  judge: (course) => {
    const { view, path } = course.assembly
    const system = view.contract.flows[view.order.flow]?.bornIn
    const [first] = course.stages
    const placings = new Set(view.told('order-placed').map(({ orderId }) => orderId))
    if (system === undefined || first === undefined || placings.size > 1) return NOTHING
    const orders = ordersAt(course, system, first.step.stage)
    const last = [...orders.values()].at(-1)
    if (orders.size < 2 || last === undefined) return NOTHING
    const [head] = path
    const handoff = head !== undefined && head.step.kind === 'handoff' ? head.step.handoff : null
    return foundAt(
      { ...atOwner(first), index: 0, handoff },
      {
        code: 'order-duplicated',
        class: 'order',
        severity: 'broken',
        message: `One order was placed and ${system} holds ${orders.size} under its reference: ${[...orders.keys()].join(' and ')}; the last was made by ${clockTime(last.at)}${handoff === null ? '' : ` (${handoff})`}.`,
        owner: ownerOf(course, system),
        hint: `see whether a request that was sent again is recognised as the same in ${system}`,
        detectedAt: last.at,
        evidence: [...orders.values()],
      },
    )
  },
}

/** The first proof of each order id, in order of arrival. */
function ordersAt(course: Course, system: string, stage: string): ReadonlyMap<string, Proof> {
  const { view } = course.assembly
  const { order, reference, status, reached } = view.contract.recognise.span
  const marks = Object.entries(reached ?? {})
  const rows = view
    .told('order-found')
    .filter((fact) => fact.system === system)
    .map((fact): [string, Proof] => [
      fact.orderId,
      { source: fact.source, at: fact.seenAt, what: `${system} holds order ${fact.orderId}`, ref: fact.id },
    ])
  const spans = view
    .actsOf(system)
    .filter(
      ({ span, error }) =>
        error === null &&
        marks.length > 0 &&
        firstText(span.attributes, [status]) === stage &&
        firstText(span.attributes, reference ?? []) === view.order.key &&
        marks.every(([name, value]) => firstText(span.attributes, [name]) === value),
    )
    .flatMap((act): [string, Proof][] => {
      const id = firstText(act.span.attributes, order)
      return id === null ? [] : [[id, { ...proofOfAct(view, act), at: act.fact.seenAt }]]
    })
  const orders = new Map<string, Proof>()
  // Rows and spans may name one order by different kinds of number, so that only one kind of witness is counted at a time.
  const found = new Set(rows.map(([id]) => id)).size > 1 ? rows : spans
  for (const [id, proof] of found.toSorted(([, a], [, b]) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)))
    if (!orders.has(id)) orders.set(id, proof)
  return orders
}
