import { delay } from '../shared/wait.ts'
import { stopIfUnused } from './shared-postgres-users.ts'

/** PostgreSQL needs a moment to notice that a killed user's session is gone. */
const NOTICE_MS = 200
const ATTEMPTS = 5

const [folder] = process.argv.slice(2)
if (folder !== undefined) {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    await delay(NOTICE_MS)
    if (await stopIfUnused(folder)) break
  }
}
