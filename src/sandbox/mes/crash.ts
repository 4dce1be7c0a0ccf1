import { delay } from '../../shared/wait.ts'

/** Long enough that the broker has the acknowledgement, too short for the row. */
const AT_WORK_MS = 100

/** Acknowledges a message whose work is still to be done, and does not live to do it. */
export async function acknowledgeAndCrash(acknowledge: () => void, signal: AbortSignal): Promise<void> {
  acknowledge()
  await delay(AT_WORK_MS, signal)
  process.kill(process.pid, 'SIGKILL')
}
