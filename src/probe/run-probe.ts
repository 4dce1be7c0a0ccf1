import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../config/environment.ts'
import type { ProbeEnded } from '../evidence/fact.ts'
import { asWaybillError, WaybillError } from '../shared/errors.ts'
import type { ProbeSettings } from './control-protocol.ts'
import { type RunMessage, runMessageSchema } from './run-messages.ts'
import { probeSettingsEnvironment } from './settings.ts'

/** One run of one probe. */
export interface ProbeRun {
  readonly file: string
  readonly settings: ProbeSettings
  /** A folder of this run's own; models, screenshots and everything temporary go there. */
  readonly outputDir: string
  readonly config?: string
  /** Where transformed and compiled code is kept between runs, for a quick start; default beside the output. */
  readonly cacheDir?: string
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunMessage) => void
}

/** How it ended. */
export interface ProbeOutcome {
  readonly outcome: ProbeEnded['outcome']
  readonly detail: string | null
  /** False: the worker died before it could tell `probe-ended`; whoever reads this must. */
  readonly told: boolean
  readonly attachments: readonly { readonly name: string; readonly path: string }[]
}

const ROOT = join(import.meta.dirname, '..', '..')
const CLI = fileURLToPath(new URL('cli.js', import.meta.resolve('playwright/package.json')))
const TAIL_LENGTH = 4_000

/**
 * Plays one probe in a process group of its own and tells how it ended. Never throws for the probe's trouble. On abort the
 * whole group is killed, browser included.
 */
export async function runProbe(run: ProbeRun): Promise<ProbeOutcome> {
  const aborted = () => run.signal?.aborted === true
  if (aborted()) return killed('the run was stopped before it began')
  const temporary = join(run.outputDir, 'tmp')
  const cacheDir = run.cacheDir ?? join(run.outputDir, '..', 'probe-cache')
  await mkdir(temporary, { recursive: true })
  const child = fork(CLI, commandLine(run), {
    cwd: dirname(run.config ?? join(ROOT, 'playwright.config.ts')),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...childEnvironment(),
      ...probeSettingsEnvironment(run.settings),
      TMPDIR: temporary,
      // What was transformed and compiled once need not be again: half a second of every order.
      PLAYWRIGHT_TRANSFORM_CACHE_DIR: join(cacheDir, 'transformed'),
      NODE_COMPILE_CACHE: join(cacheDir, 'compiled'),
    },
  })
  const heard = listen(child, run.onEvent)
  const stop = () => killGroup(child)
  run.signal?.addEventListener('abort', stop, { once: true })
  try {
    const how = await ended(child)
    return outcomeOf(heard(), how, aborted())
  } catch (error) {
    throw new WaybillError({
      code: 'probe-broken',
      message: `The probe could not be started: ${asWaybillError(error).message}.`,
      place: run.file,
      cause: error,
    })
  } finally {
    run.signal?.removeEventListener('abort', stop)
    killGroup(child)
    // A browser that was killed may still be letting go of its profile.
    await rm(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => undefined)
  }
}

function commandLine(run: ProbeRun): string[] {
  return [
    'test',
    `${run.file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`,
    `--config=${run.config ?? join(ROOT, 'playwright.config.ts')}`,
    `--output=${join(run.outputDir, 'playwright')}`,
    `--reporter=${join(import.meta.dirname, 'ipc-reporter.ts')}`,
    '--workers=1',
    '--retries=0',
  ]
}

interface Heard {
  readonly end: Extract<RunMessage, { type: 'end' }> | undefined
  readonly trouble: string | undefined
  readonly begun: boolean
  readonly tail: string
}

function listen(child: ChildProcess, onEvent: ProbeRun['onEvent']): () => Heard {
  let heard: Heard = { end: undefined, trouble: undefined, begun: false, tail: '' }
  const keep = (chunk: Buffer) => {
    heard = { ...heard, tail: (heard.tail + chunk.toString()).slice(-TAIL_LENGTH) }
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  child.on('message', (raw) => {
    const read = runMessageSchema.safeParse(raw)
    if (!read.success) return
    const message = read.data
    if (message.type === 'begin') heard = { ...heard, begun: true }
    if (message.type === 'end') heard = { ...heard, end: message }
    if (message.type === 'trouble') heard = { ...heard, trouble: heard.trouble ?? message.message }
    onEvent?.(message)
  })
  return () => heard
}

async function ended(child: ChildProcess): Promise<string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`
}

function outcomeOf(heard: Heard, how: string, aborted: boolean): ProbeOutcome {
  const { end } = heard
  if (end?.end) return { ...end.end, told: true, attachments: end.attachments }
  if (aborted) return killed('the run was stopped')
  const lastWords = heard.tail.trim().split('\n').at(-1) ?? ''
  // Playwright's words when a worker is gone; it could not tell the end itself.
  if (end?.error?.includes('process exited unexpectedly') === true) return killed(end.error)
  const broke = heard.trouble ?? end?.error
  if (broke !== undefined && broke !== null) {
    return { outcome: 'broke', detail: broke, told: false, attachments: end?.attachments ?? [] }
  }
  return killed(`the probe's process died: ${how}${lastWords === '' ? '' : ` (${lastWords})`}`)
}

const killed = (detail: string): ProbeOutcome => ({ outcome: 'killed', detail, told: false, attachments: [] })

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group is gone already.
  }
}
