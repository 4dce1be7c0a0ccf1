import { fileURLToPath } from 'node:url'

/** The program that runs the whole order system in one process tree; start it with `node` and an IPC channel, see `ready.ts` for what it says. */
export const SANDBOX_PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url))

export { FAULTS } from './faults/catalogue.ts'
export { type SandboxReady, sandboxMessage } from './ready.ts'
