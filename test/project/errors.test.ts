import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/shared/errors.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8')

/** The sections of the page: code and first line below it. */
const documented = [...page.matchAll(/^## `([a-z-]+)`\n\n([^\n]+)$/gm)].map(([, code, sentence]) => [code, sentence])

test('docs/errors.md explains every error code, in the same order and with the same sentence', () => {
  expect(documented).toEqual(Object.entries(ERROR_CODES))
})

test('docs/errors.md says for every code what to do', () => {
  const sections = page.split(/^## /m).slice(1)

  expect(sections.filter((section) => !section.includes('**What to do:**'))).toEqual([])
})
