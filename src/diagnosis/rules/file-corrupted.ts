import type { FileChecked, FileSent } from '../../evidence/fact.ts'
import type { Course } from '../course.ts'
import { nameLink } from '../describe.ts'
import { foundAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { awaitLook, isSame, proofOfCheck, proofOfSent, type StoredFile, storedFiles } from './stored-file.ts'

/**
 * Storage holds another file than was sent: cut off, changed or swapped. Proof: size, SHA-256 or beginning of the stored object, looked at after the owner said it
 * was uploaded, against what the probe sent. Where the order's place holds several objects, one that is right suffices.
 */
export const fileCorrupted: Rule = {
  code: 'file-corrupted',
  provenBy: [['storage', 'probe']],
  judge: (course) => join(storedFiles(course).map((file) => judge(course, file))),
}

function judge(course: Course, file: StoredFile): Judgement {
  const sent = file.sent.at(-1)
  if (sent === undefined) return NOTHING
  const wrong = file.last.filter(({ outcome }) => outcome !== 'missing')
  const [check] = wrong
  if (check === undefined) return awaitLook(course, file, 'file-corrupted')
  if (wrong.some((each) => file.sent.some((one) => isSame(each, one)))) return NOTHING
  const { put } = file
  return foundAt(file.place, {
    code: 'file-corrupted',
    class: 'file',
    severity: 'broken',
    message: `The file in ${put.spec.to} is not the one that was sent over ${nameLink(put)}: ${difference(check, sent)}.`,
    owner: ownerOf(course, put.spec.to),
    hint: `compare what ${put.spec.from} read with what it wrote, and let the file be uploaded again`,
    detectedAt: check.seenAt,
    evidence: [proofOfSent(sent), proofOfCheck(check)],
  })
}

function difference({ outcome, bytes }: FileChecked, sent: FileSent): string {
  if (outcome === 'incomplete') return 'it could not be read to its end'
  if (bytes !== null && bytes !== sent.bytes) return `it has ${bytes} bytes instead of ${sent.bytes}`
  return 'its checksum is another'
}
