import { delay } from '../../shared/wait.ts'

const LOOK_AGAIN_MS = 50

/** Waits as long as `active` says so; rejects with the signal's reason when the process stops in the meantime. */
export async function whileActive(active: () => boolean, signal: AbortSignal): Promise<void> {
  while (active()) await delay(LOOK_AGAIN_MS, signal)
}
