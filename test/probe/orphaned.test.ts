import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../../src/embedded/browser.ts'
import { probeSettingsEnvironment } from '../../src/probe/settings.ts'
import { shopPage } from './page.ts'
import { usePlay } from './play-story.ts'
import { until } from './until.ts'

const STORIES = join(import.meta.dirname, 'stories')

/** Processes whose environment or command line names the folder. */
async function processesOf(folder: string): Promise<number[]> {
  const found: number[] = []
  for (const pid of (await readdir('/proc')).map(Number).filter(Number.isInteger)) {
    const texts = await Promise.all(
      ['environ', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
    )
    if (texts.some((text) => text.includes(folder))) found.push(pid)
  }
  return found
}

/** The worker: the one process that holds the settings and was started by Playwright's own. */
async function workerOf(pids: readonly number[]): Promise<number> {
  for (const pid of pids) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (/workerProcessEntry|worker\/process/i.test(command)) return pid
  }
  throw new Error('no worker is running')
}

describe.runIf(process.platform === 'linux')('a probe that loses somebody', () => {
  const play = usePlay()
  let folder = ''
  let executablePath = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orphaned-'))
    executablePath = (await findBrowser()).executablePath
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const hangingPage = () =>
    play.open({
      settings: { browser: { executablePath }, requestTimeoutMs: 60_000 },
      answer: ({ path }) =>
        path === '/' ? { status: 200, type: 'text/html', body: shopPage('http://127.0.0.1:1') } : 'hang',
    })

  it('ends with its browser when its starter is killed', async () => {
    const stand = await hangingPage()
    const outputDir = join(folder, 'starter')
    const starter = spawn(
      process.execPath,
      [
        join(STORIES, 'run-and-wait.ts'),
        join(STORIES, 'page.probe.ts'),
        join(STORIES, 'playwright.config.ts'),
        outputDir,
      ],
      { env: { ...process.env, ...probeSettingsEnvironment(stand.settings) }, stdio: 'ignore' },
    )
    await until('the page asked for the order', () => stand.seen.some(({ path }) => path === '/api/orders'))
    const gone = once(starter, 'exit')
    starter.kill('SIGKILL')
    await gone
    await until('everything that was started has ended', async () => (await processesOf(outputDir)).length === 0)
  })

  it('is told as killed when its worker is killed', async () => {
    const stand = await hangingPage()
    const outputDir = join(folder, 'worker')
    const running = play.story('page', stand, { outputDir })
    await until('the page asked for the order', () => stand.seen.some(({ path }) => path === '/api/orders'))
    process.kill(await workerOf(await processesOf(outputDir)), 'SIGKILL')
    expect(await running).toMatchObject({ outcome: 'killed', told: false })
    await until('everything that was started has ended', async () => (await processesOf(outputDir)).length === 0)
  })
})
