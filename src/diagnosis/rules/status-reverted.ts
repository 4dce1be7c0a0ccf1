import type { StatusAnswered } from '../../evidence/fact.ts'
import type { Course } from '../course.ts'
import { clockTime } from '../describe.ts'
import {
  bySystem,
  findRelapse,
  type Looks,
  lookInWords,
  patienceWith,
  proofOfLook,
  sticksBy,
  tellerOf,
} from '../looks.ts'
import { firstProof, foundAt, type Place, pendingAt, placeAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { findDisorder, type Sequence, sequenceOf } from '../sequence.ts'

/**
 * A system that had come to a status shows an earlier one again. Proof: its own history, in which the earlier status stands once more behind the later;
 * or one source that showed the later and then, asked anew, sticks to the earlier. Two sources, or the answers of two copies in turn, prove nothing.
 *
 * A history names the hand-off whose older news overwrote it; a state that went back with its history names the stage that was lost.
 */
export const statusReverted: Rule = {
  code: 'status-reverted',
  provenBy: [['status-api'], ['postgres']],
  judge: (course) => {
    const sequence = sequenceOf(course.assembly.view)
    return join(
      bySystem(course).map((sources) =>
        firstProof(
          sources.flatMap((looks) => [overwritten(course, sequence, looks), fallenBack(course, sequence, looks)]),
        ),
      ),
    )
  },
}

function overwritten(course: Course, sequence: Sequence, { system, looks }: Looks): Judgement {
  for (const look of looks) {
    const disorder = look.history === null ? null : findDisorder(sequence, look.history)
    if (disorder === null || !disorder.overwrote) continue
    const low = placeAt(course, disorder.low, system)
    const place = low?.branch === true ? low : placeAt(course, disorder.high, system)
    if (place === null) return NOTHING
    return reverted(course, place, look, {
      message: `${system} had ${disorder.high} and went back to ${disorder.low}: its history at ${clockTime(look.at.latest)} tells ${disorder.low} once more behind it${over(place)}.`,
      evidence: [proofOfLook(look, `history ${look.history?.join(', ')}`)],
    })
  }
  return NOTHING
}

function fallenBack(course: Course, sequence: Sequence, { system, source, looks }: Looks): Judgement {
  const known = looks.filter(({ status }) => sequence.rank(status) >= 0)
  const patience = patienceWith(source)
  const relapse = findRelapse(known, (look, before) => isBack(sequence, look, before), patience)
  if (relapse === null) return NOTHING
  const { before, first, last } = relapse
  const place = placeAt(course, before.status ?? '', system)
  if (place === null) return NOTHING
  if (!relapse.stuck) return pendingAt(place, sticksBy(relapse, patience), `another word of the ${tellerOf(first)}`)
  return reverted(course, place, last, {
    message: `${system} had ${lookInWords(before)} and has shown ${first.status} since ${clockTime(first.at.latest)}${over(place)}.`,
    evidence: [proofOfLook(before), proofOfLook(first), proofOfLook(last)],
  })
}

/** An earlier status than before; one that a history tells to have come late is out of order, not lost. */
const isBack = (sequence: Sequence, look: StatusAnswered, before: StatusAnswered): boolean =>
  sequence.rank(look.status) < sequence.rank(before.status) &&
  (look.history === null || before.status === null || !look.history.includes(before.status))

const over = ({ handoff }: Place): string => (handoff === null ? '' : `, over ${handoff}`)

const reverted = (
  course: Course,
  place: Place,
  look: StatusAnswered,
  told: { readonly message: string; readonly evidence: readonly ReturnType<typeof proofOfLook>[] },
): Judgement =>
  foundAt(place, {
    code: 'status-reverted',
    class: 'order',
    severity: 'broken',
    owner: ownerOf(course, look.system),
    hint: `see what wrote the older status in ${look.system}, or whether its database was put back to an older state`,
    detectedAt: look.seenAt,
    ...told,
  })
