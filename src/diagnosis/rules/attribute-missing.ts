import { isCutOff } from '../../evidence/cut-off.ts'
import { firstText } from '../../evidence/message-ids.ts'
import type { Act } from '../../journey/act.ts'
import { earliest } from '../../shared/units.ts'
import { besidePath } from '../beside-path.ts'
import type { Course } from '../course.ts'
import { proofOfAct } from '../describe.ts'
import { workOnOrder } from '../order-work.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * An attribute the contract asks for is absent from the spans by which a system works on the order. Proof: such spans. One that lacks it here and has it there
 * (a retry, a request that was turned away) is not this: of all spans of one name none carries it. A name of the order that is cut off is as good as none. Nor is work
 * that broke off before it knew: what counts as work on the order is said there.
 */
export const attributeMissing: Rule = {
  code: 'attribute-missing',
  provenBy: [['otlp']],
  judge: (course) => {
    const { contract } = course.assembly.view
    const work = workOnOrder(course)
    const asked: readonly Asked[] = [
      { names: contract.everySpanCarries, of: 'its spans of this order', concerns: () => true },
      { names: contract.telemetry?.serverSpansCarry ?? [], of: 'its spans that serve a request', concerns: isServing },
      { names: contract.telemetry?.errorSpansCarry ?? [], of: 'its failed spans', concerns: isFailed },
      {
        names: contract.telemetry?.fileSpansCarry ?? [],
        of: 'its spans that move a file',
        concerns: movesFile(course),
      },
    ]
    return join(
      asked.flatMap(({ names, of, concerns }) =>
        [...work].flatMap(([system, acts]) => {
          const own = concerns === isFailed ? course.assembly.view.actsOf(system) : acts
          const concerned = own.filter(concerns)
          return names.map((name) => judge(course, system, name, of, concerned))
        }),
      ),
    )
  },
}

interface Asked {
  readonly names: readonly string[]
  /** In words, which spans must carry them. */
  readonly of: string
  readonly concerns: (act: Act) => boolean
}

const isServing = ({ op }: Act): boolean => op === 'serve'
const isFailed = ({ span }: Act): boolean => span.status === 'error'

/** Only the moves the order's path knows: asking a store what it holds moves nothing. */
function movesFile({ assembly: { path } }: Course): (act: Act) => boolean {
  const moves = new Set(
    path.flatMap((found) =>
      'crossing' in found && found.step.spec.kind === 'storage' ? [found.crossing.sender, found.crossing.receiver] : [],
    ),
  )
  return (act) => act.op === 'storage' && moves.has(act)
}

/** The spans of a system's work on the order that lack what the contract asks of every span. */
export const actsThatLack = (course: Course, system: string, name: string): readonly Act[] =>
  course.assembly.view.contract.everySpanCarries.includes(name)
    ? lackingOf(course, name, workOnOrder(course).get(system) ?? [])
    : []

function lackingOf(course: Course, name: string, acts: readonly Act[]): readonly Act[] {
  const carried = new Set<string>()
  for (const act of acts)
    if (!carried.has(act.span.name) && carries(act, name) && !isCut(course, act, name)) carried.add(act.span.name)
  const lacking = acts.filter(({ span }) => !carried.has(span.name))
  return [...Map.groupBy(lacking, ({ span }) => span.name).values()].flat()
}

function judge(course: Course, system: string, name: string, of: string, acts: readonly Act[]): Judgement {
  const lacking = lackingOf(course, name, acts)
  const [example] = lacking
  if (example === undefined) return NOTHING
  const cut = lacking.every((act) => isCut(course, act, name))
  const how = cut ? `cuts off ${name} on` : `leaves ${name} out of`
  const count = lacking.length === acts.length ? `all ${acts.length}` : `${lacking.length} of ${acts.length}`
  return {
    unchecked: [],
    findings: [
      besidePath(course, {
        code: 'attribute-missing',
        message: `${system} ${how} ${count === 'all 1' ? 'the only one' : count} of ${of}, such as "${example.span.name}".`,
        owner: ownerOf(course, system),
        hint: cut
          ? `raise the limit on attribute values of ${system} (OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, or a collector's truncation); the beginning of a name finds no order`
          : `let ${system} set ${name} there (span processor, baggage, or by hand); without it its part of an order is found only by luck`,
        detectedAt: lacking.map(({ fact }) => fact.seenAt).reduce(earliest),
        evidence: [proofOfAct(course.assembly.view, example)],
      }),
    ],
  }
}

/** The value is the beginning of one of the order's names. */
function isCut({ assembly: { view } }: Course, { span: { attributes } }: Act, name: string): boolean {
  const { order, reference = [] } = view.contract.recognise.span
  const names = order.includes(name) ? view.spans.orderIds : reference.includes(name) ? [view.order.key] : []
  const value = firstText(attributes, [name])
  return value !== null && isCutOff(attributes, value, names)
}

/**
 * What an exception event says counts as said, under the names the conventions give it. A call that was answered with an error status met no exception: the status is
 * all there is to say.
 */
function carries(act: Act, name: string): boolean {
  const { span } = act
  if (name.startsWith('exception.') && act.op === 'call' && (act.httpStatus ?? 0) >= 400) return true
  const value = span.attributes[name]
  if (value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)) return true
  if (name === 'exception.type') return span.exceptions.some(({ type }) => type !== '')
  if (name === 'exception.message') return span.exceptions.some(({ message }) => message !== '')
  return false
}
