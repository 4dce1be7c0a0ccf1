import { fromMs, plus } from '../../shared/units.ts'
import type { Course } from '../course.ts'
import { clockTime, nameLink } from '../describe.ts'
import { foundAt, pendingAt, placeUnderWay } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { awaitLook, placeOfLoss, proofOfCheck, type StoredFile, storedFiles } from './stored-file.ts'

/**
 * The owner says the file is uploaded, and storage holds none. Proof: two looks in a row, both begun after the owner said so. A file that is put away once the
 * order is finished is not missed. A file that was there after its upload is missing behind the last hand-off that moved it.
 */
export const fileMissing: Rule = {
  code: 'file-missing',
  provenBy: [['storage']],
  judge: (course) => join(storedFiles(course).map((file) => judge(course, file))),
}

/** Storage may list a new file a moment late. */
const APPEARS_MS = 500

function judge(course: Course, file: StoredFile): Judgement {
  const last = file.checks.at(-1)
  if (last === undefined) return awaitLook(course, file, 'file-missing')
  const found = file.checks.findLastIndex(({ outcome }) => outcome !== 'missing')
  const missing = file.checks.slice(found + 1)
  const [first] = missing
  if (first === undefined || placeUnderWay(course, first.at.latest) === null) return NOTHING
  const { put } = file
  const { place, moved } = placeOfLoss(course, file, found >= 0 || file.wasRight)
  if (missing.length < 2 || last.at.earliest < plus(first.at.latest, fromMs(APPEARS_MS))) {
    return pendingAt(place, plus(first.at.latest, fromMs(4 * APPEARS_MS)), `another look into ${put.spec.to}`)
  }
  return foundAt(place, {
    code: 'file-missing',
    class: 'file',
    severity: 'broken',
    message: `${put.spec.from} had the file uploaded at ${clockTime(file.storedAt)} over ${nameLink(put)}, and ${put.spec.to} holds none${found < 0 && moved === null ? '' : ' any more'} since ${clockTime(first.at.latest)}${moved === null ? '' : `, after it had come over ${nameLink(moved)}`}.`,
    owner: ownerOf(course, put.spec.to),
    hint:
      moved === null
        ? `see whether ${put.spec.to} took the file, and who may delete there`
        : `see what ${moved.spec.from === put.spec.to ? moved.spec.to : moved.spec.from} does with the file after it has read it, and who else may delete there`,
    detectedAt: last.seenAt,
    evidence: [proofOfCheck(first), proofOfCheck(last)],
  })
}
