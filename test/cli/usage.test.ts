import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failureCode } from '../../src/cli/failure.ts'
import { createProgram } from '../../src/cli/program.ts'
import { asWaybillError } from '../../src/shared/errors.ts'
import { waybill } from './waybill.ts'

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'waybill.mjs')

describe('the command line', () => {
  it('lists the commands that exist, and no other', async () => {
    const { code, stdout } = await waybill(['--help'])
    expect(code).toBe(0)
    const listed = stdout.split('\n').flatMap((line) => /^ {2}([a-z-]+) (?:\[|<| )/.exec(line)?.[1] ?? [])
    expect(listed).toEqual(['demo', 'run', 'sandbox', 'faults', 'drill', 'doctor'])
  })

  it('shows an example and the common flags for each command', async () => {
    const helps = await Promise.all(
      ['demo', 'run', 'sandbox', 'faults', 'drill', 'doctor'].map((name) => waybill([name, '--help'])),
    )
    for (const { code, stdout } of helps) {
      expect(code).toBe(0)
      expect(stdout).toMatch(/Example:\n {2}npx waybill /)
      for (const flag of ['--config', '--contract', '--json', '--report', '--log-level', '--no-color', '--debug']) {
        expect(stdout).toContain(flag)
      }
    }
  })

  const mistakes: readonly (readonly [string, readonly string[], string])[] = [
    ['an unknown command', ['fly'], "Unknown command 'fly'"],
    ['an unknown flag', ['run', '--fast'], "Unknown option '--fast'"],
    [
      'a report of an unknown kind',
      ['run', '--report', 'pdf=x'],
      'Expected KIND=FILE with KIND one of junit, json, markdown',
    ],
    [
      'an unknown probe',
      ['run', 'shop-phone'],
      'There is no such probe. Expected partner-api, shop-api, shop-web, found shop-phone.',
    ],
    ['a stage that is not in the contract', ['run', '--until', 'BAKED'], 'There is no such stage. Expected INITIATED'],
    [
      'a configuration that is not there',
      ['run', '--config', 'none.ts'],
      'There is no configuration here. Name another with --config FILE.',
    ],
    ['an unknown log level', ['run', '--log-level', 'loud'], 'Allowed choices are error, warn, info, debug.'],
    ['an unknown fault', ['sandbox', '--fault', 'gremlins'], 'There is no such fault.'],
    ['an unknown speed', ['sandbox', '--speed', 'slow'], 'Allowed choices are fast, realistic.'],
    ['a report of what is no verdict', ['faults', '--report', 'junit=x.xml'], 'faults reaches no verdict'],
    ['a mistyped command', ['fautls'], 'Did you mean faults?). npx'],
  ]
  it.each(mistakes)('refuses %s with one sentence that says what is right', async (_title, args, wanted) => {
    const context = { signal: new AbortController().signal, end: () => {}, endWell: () => {} }
    const error = await createProgram(context)
      .run(args)
      .then(() => undefined, asWaybillError)
    expect(error?.sentence()).toContain(wanted)
    expect(error === undefined ? 0 : failureCode(error)).toBe(2)
  })

  it('ends with 2 and one sentence on standard error when it was used wrongly', async () => {
    const { code, stdout, stderr } = await waybill(['fly'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(
      "waybill: Unknown command 'fly'. npx waybill --help lists the commands, npx waybill COMMAND --help its flags.\n",
    )
  })

  it('shows the stack with --debug only', async () => {
    const { stderr } = await waybill(['run', '--config', 'none.ts', '--debug'])
    expect(stderr).toMatch(/^ +at /m)
  })

  it('says which faults there are, what they break, and what each must cause; harmless ones nothing', async () => {
    const { code, stdout } = await waybill(['faults', '--json'])
    expect(code).toBe(0)
    const faults = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { fault: string; finding: string | null; at: string | null })
    expect(faults.map(({ fault }) => fault)).toContain('price-throws')
    expect(faults.filter(({ at }) => at === null)).toEqual([])
    expect(faults.filter(({ finding }) => finding === null).map(({ fault }) => fault)).toContain('price-fails-once')
  })

  it('runs under an older Node too, by the Node it brings', () => {
    const older = spawnSync('/bin/sh', ['-c', 'PATH=/usr/local/bin:/usr/bin:/bin; command -v node'], {
      encoding: 'utf8',
    }).stdout.trim()
    const { status, stdout } = spawnSync(older === '' ? process.execPath : older, [BIN, 'faults'], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stdout).toContain('price-throws')
  })
})
