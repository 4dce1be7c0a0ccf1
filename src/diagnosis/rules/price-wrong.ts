import type { ContentExpected, StatusAnswered } from '../../evidence/fact.ts'
import { fromMs, plus } from '../../shared/units.ts'
import type { Course, MirrorCourse, StageCourse } from '../course.ts'
import { clockTime, nameLink } from '../describe.ts'
import { settleMs } from '../lacking.ts'
import { looksOf, patienceWith, proofOfLook, tellerOf } from '../looks.ts'
import { atMirror, atOwner, foundAt, pendingAt, uncheckedAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { isAtOrPast, sequenceOf } from '../sequence.ts'
import { storedFiles } from './stored-file.ts'

/**
 * The value a stage works out is not what the probe knows to be right. Proof: the owner's own answer or row, at or behind the stage. Where the owner's is right
 * and a mirror sticks to another, it went wrong on the hand-off that carries the news. Numbers are compared as numbers. The last word counts: a value that is
 * put right is right.
 */
export const priceWrong: Rule = {
  code: 'price-wrong',
  provenBy: [
    ['probe', 'status-api'],
    ['probe', 'postgres'],
  ],
  judge: (course) => join(course.stages.map((stage) => judgeStage(course, stage))),
}

/** One stage's result: what it is called, what is right, and who told it at or behind the stage. */
interface Result {
  readonly name: string
  readonly expected: ContentExpected
  readonly stage: StageCourse
  readonly last: StatusAnswered | undefined
}

function judgeStage(course: Course, stage: StageCourse): Judgement {
  const { view } = course.assembly
  const { result: name, owner } = stage.step.spec
  const expected = name === undefined ? undefined : view.told('content-expected').findLast((fact) => fact.name === name)
  if (name === undefined || expected === undefined || stage.moment === null) return NOTHING
  const result: Result = { name, expected, stage, last: settledLooks(course, owner, stage, name).at(-1) }
  return join([
    stage.evidence === null ? NOTHING : ofOwner(course, result),
    ...stage.mirrors.map((mirror) => ofMirror(course, result, mirror)),
  ])
}

/** Looks at a system that has the stage, and what it tells of the value, by time. */
function settledLooks(course: Course, at: string, { step }: StageCourse, name: string): readonly StatusAnswered[] {
  const { view } = course.assembly
  const sequence = sequenceOf(view)
  return looksOf(view)
    .flatMap(({ system, looks }) => (system === at ? looks : []))
    .filter((look) => look.content?.[name] !== undefined && isAtOrPast(sequence, look, step.stage))
    .toSorted((a, b) => (a.at.earliest < b.at.earliest ? -1 : 1))
}

/** Nobody tells the owner's own value: that a mirror's is wrong does not tell where it went wrong. */
function ofMirror(course: Course, { name, expected, stage, last: own }: Result, mirror: MirrorCourse): Judgement {
  const { system, carrier } = mirror
  const { owner } = stage.step.spec
  const place = atMirror(stage, system)
  const told = settledLooks(course, system, stage, name)
  const last = told.at(-1)
  const isWrong = ({ content }: StatusAnswered): boolean => !isEqual(content?.[name] ?? '', expected.value)
  if (place === null || last === undefined || !isWrong(last)) return NOTHING
  if (own === undefined) return pendingAt(place, null, `the ${name} at ${owner}`)
  if (isWrong(own)) return NOTHING
  const first = told[told.findLastIndex((look) => !isWrong(look)) + 1] ?? last
  if (last.at.earliest < plus(first.at.latest, fromMs(patienceWith(last.source))))
    return pendingAt(place, plus(first.at.latest, fromMs(AGAIN_MS)), `another word of the ${tellerOf(last)}`)
  const value = last.content?.[name] ?? ''
  return foundAt(place, {
    code: 'price-wrong',
    class: 'work',
    severity: 'broken',
    message: `${owner} worked out ${name} ${own.content?.[name]}, which is right, and ${system} has ${value} since ${clockTime(first.at.latest)}: it went wrong ${carrier === null ? `on its way to ${system}` : `over ${nameLink(carrier)}`}.`,
    owner: ownerOf(course, carrier?.spec.from ?? system),
    hint: `compare what ${carrier?.spec.from ?? owner} sends with what ${system} reads: field, unit and rounding`,
    detectedAt: last.seenAt,
    evidence: [
      proofOfLook(own, `${name} ${own.content?.[name]}`),
      proofOfLook(first, `${name} ${first.content?.[name]}`),
      proofOfLook(last, `${name} ${value}`),
    ],
  })
}

/** Where storage is looked into, the first look comes this soon. */
const FIRST_LOOK_MS = 800
/** A copy that lags has caught up after that. */
const AGAIN_MS = 5_000

function ofOwner(course: Course, { name, expected, stage, last }: Result): Judgement {
  const { view } = course.assembly
  const { owner } = stage.step.spec
  const place = atOwner(stage)
  if (stage.moment === null) return NOTHING
  if (last === undefined) {
    const until = plus(stage.moment.latest, fromMs(settleMs(course)))
    const tells = looksOf(view).some(
      ({ system, looks }) => system === owner && looks.some(({ content }) => content !== undefined),
    )
    return tells && course.now < until
      ? pendingAt(place, until, `the ${name} at ${owner}`)
      : uncheckedAt(place, 'price-wrong', `nobody tells the ${name} at ${owner}`)
  }
  const value = last.content?.[name] ?? ''
  if (isEqual(value, expected.value)) return NOTHING
  const looked = plus(stage.moment.latest, fromMs(FIRST_LOOK_MS))
  // Right for another file than was sent: whoever looks into storage says so first.
  if (course.now < looked && storedFiles(course).some(({ checks, wasRight }) => checks.length === 0 && !wasRight))
    return pendingAt(place, looked, 'a look at the file it was worked out from')
  return foundAt(place, {
    code: 'price-wrong',
    class: 'work',
    severity: 'broken',
    message: `${owner} worked out ${name} ${value} for ${stage.step.stage} by ${clockTime(last.at.latest)}, where ${expected.value} is right for this model.`,
    owner: ownerOf(course, owner),
    hint: `work the ${name} out by hand from the same model and see where ${owner} differs`,
    detectedAt: last.seenAt,
    evidence: [
      {
        source: expected.source,
        at: expected.at.latest,
        what: `${name} ${expected.value} is expected`,
        ref: expected.id,
      },
      proofOfLook(last, `${name} ${value} (${tellerOf(last)})`),
    ],
  })
}

/** `4900` and `4900.00` are one number; anything that is none is compared as it stands. */
function isEqual(a: string, b: string): boolean {
  const [left, right] = [a.trim(), b.trim()]
  if (left === right) return true
  return left !== '' && right !== '' && Number(left) === Number(right)
}
