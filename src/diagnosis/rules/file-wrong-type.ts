import type { Course } from '../course.ts'
import { nameLink } from '../describe.ts'
import { foundAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { isSame, proofOfCheck, proofOfSent, type StoredFile, storedFiles } from './stored-file.ts'

/**
 * The right file lies in storage under another content type than it was sent with. Proof: the stored object's type, looked at after the owner said it was
 * uploaded, against what the probe sent. Parameters of a type (`; charset=…`) make no other type.
 */
export const fileWrongType: Rule = {
  code: 'file-wrong-type',
  provenBy: [['storage', 'probe']],
  judge: (course) => join(storedFiles(course).map((file) => judge(course, file))),
}

function judge(course: Course, { put, place, last, sent }: StoredFile): Judgement {
  const pairs = last.flatMap((check) => sent.filter((one) => isSame(check, one)).map((one) => ({ check, one })))
  const wrong = pairs.at(-1)
  const type = wrong?.check.type ?? null
  if (wrong === undefined || type === null) return NOTHING
  if (pairs.some(({ check, one }) => check.type === null || essenceOf(check.type) === essenceOf(one.type)))
    return NOTHING
  return foundAt(place, {
    code: 'file-wrong-type',
    class: 'file',
    severity: 'broken',
    message: `The file in ${put.spec.to} is kept as ${type}, but was sent as ${wrong.one.type} over ${nameLink(put)}.`,
    owner: ownerOf(course, put.spec.from),
    hint: `see which type ${put.spec.from} gives with the file, and what ${put.spec.to} makes of it`,
    detectedAt: wrong.check.seenAt,
    evidence: [proofOfSent(wrong.one), proofOfCheck(wrong.check)],
  })
}

const essenceOf = (type: string): string => (type.split(';', 1)[0] ?? '').trim().toLowerCase()
