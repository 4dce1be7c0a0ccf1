import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { SANDBOX_PROGRAM } from '../../src/sandbox/launch.ts'
import { descendants } from './support/processes.ts'

/** How the order system ends when it cannot start, and what it says last. */
const refusal = async (variables: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [SANDBOX_PROGRAM], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = await once(child, 'close')
  return { code, left: await descendants(child.pid ?? 0), sentence: said.trim().split('\n').at(-1) }
}

describe('a part that was named and is not there', { timeout: 60_000 }, () => {
  it('is told in one sentence without its password: the broker', async () => {
    const { code, left, sentence } = await refusal({ AMQP_URL: 'amqp://me:planted@127.0.0.1:1/' })
    expect(sentence).toMatch(/^amqp:.*The broker named by AMQP_URL does not let us in: connect ECONNREFUSED/)
    expect(sentence).not.toContain('planted')
    expect({ code, left }).toEqual({ code: 1, left: [] })
  })

  it('is told in one sentence: the file storage', async () => {
    const { code, left, sentence } = await refusal({ S3_ENDPOINT: 'http://127.0.0.1:1' })
    expect(sentence).toMatch(/^http:.*The file storage named by S3_ENDPOINT does not let us make the bucket models/)
    expect({ code, left }).toEqual({ code: 1, left: [] })
  })
})
