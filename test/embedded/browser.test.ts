import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium } from 'playwright'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findBrowser } from '../../src/embedded/browser.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'waybill-browser-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const program = async (name: string, mode = 0o755) => {
  await writeFile(path.join(folder, name), '#!/bin/sh\n', { mode })
  return path.join(folder, name)
}

describe('the browser', () => {
  it('is the one that was named', async () => {
    const named = await program('my-browser')
    expect(await findBrowser({ env: { WAYBILL_BROWSER: named } })).toEqual({
      executablePath: named,
      from: 'WAYBILL_BROWSER',
    })
  })

  it('is not another one when the named one cannot be started', async () => {
    const named = await program('my-browser', 0o644)
    await expect(findBrowser({ env: { WAYBILL_BROWSER: named } })).rejects.toMatchObject({
      code: 'bad-configuration',
      place: named,
    })
  })

  it('is the system’s Chrome or Chromium when Playwright has none', async () => {
    const onPath = await program('chromium')
    const found = await findBrowser({ env: { PATH: folder } })
    const playwrights = chromium.executablePath()
    expect([playwrights, onPath]).toContain(found.executablePath)
    expect(found.from).toBe(found.executablePath === onPath ? 'system' : 'playwright')
  })

  it('shows a page in Playwright, and leaves nothing in the folder for temporary files', async () => {
    const { executablePath } = await findBrowser()
    const before = new Set(await readdir(tmpdir()))
    const browser = await chromium.launch({ executablePath })
    const page = await browser.newPage()
    await page.setContent('<input type="file" aria-label="Model"><h1>Rings</h1>')
    expect(await page.getByRole('heading').textContent()).toBe('Rings')
    await browser.close()
    const left = (await readdir(tmpdir())).filter((name) => !before.has(name) && /chrom/i.test(name))
    expect(left).toEqual([])
  })
})
