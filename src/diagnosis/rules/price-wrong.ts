import { fromMs, plus } from '../../shared/units.ts'
import type { Course, StageCourse } from '../course.ts'
import { clockTime } from '../describe.ts'
import { settleMs } from '../lacking.ts'
import { looksOf, proofOfLook, tellerOf } from '../looks.ts'
import { atOwner, foundAt, pendingAt, uncheckedAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { isAtOrPast, sequenceOf } from '../sequence.ts'

/**
 * The value a stage works out is not what the probe knows to be right. Proof: the owner's own answer or row, at or behind the stage. Numbers are compared as
 * numbers. The last word counts: a value that is put right is right.
 */
export const priceWrong: Rule = {
  code: 'price-wrong',
  provenBy: [
    ['probe', 'status-api'],
    ['probe', 'postgres'],
  ],
  judge: (course) => join(course.stages.map((stage) => judge(course, stage))),
}

function judge(course: Course, stage: StageCourse): Judgement {
  const { view } = course.assembly
  const { result: name, owner } = stage.step.spec
  const expected = name === undefined ? undefined : view.told('content-expected').findLast((fact) => fact.name === name)
  if (name === undefined || expected === undefined || stage.evidence === null || stage.moment === null) return NOTHING
  const sequence = sequenceOf(view)
  const telling = looksOf(view).flatMap(({ system, looks }) =>
    system === owner ? looks.filter(({ content }) => content?.[name] !== undefined) : [],
  )
  const settled = telling.filter((look) => isAtOrPast(sequence, look, stage.step.stage))
  const last = settled.toSorted((a, b) => (a.at.earliest < b.at.earliest ? -1 : 1)).at(-1)
  const place = atOwner(stage)
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
