import { describe, expect, it } from 'vitest'
import { createProgress } from '../../src/cli/progress.ts'

const shownBy = (terminal: { isTTY?: boolean; columns?: number }, level: 'error' | 'warn' = 'warn') => {
  let text = ''
  let ms = 0
  const stream = { ...terminal, write: (part: string) => (text += part) }
  const progress = createProgress(stream, level, () => ms)
  return {
    progress,
    later: (by: number) => {
      ms += by
    },
    text: () => text.replaceAll('\r\u001b[2K', '<'),
  }
}

describe('progress', () => {
  it('replaces the live line on a terminal and keeps what happened', () => {
    const { progress, later, text } = shownBy({ isTTY: true, columns: 80 })
    progress.live('waiting')
    progress.live('still waiting')
    later(1500)
    progress.say('done')
    progress.clear()
    expect(text()).toBe('<waiting<still waiting<  1.50 s  done\n')
  })

  it('writes plain lines only where nobody looks', () => {
    const { progress, text } = shownBy({})
    progress.live('waiting')
    progress.say('done')
    progress.clear()
    expect(text()).toBe('    0 ms  done\n')
  })

  it.each([
    [30, 29],
    [0, 99],
  ])('keeps a live line within the terminal: %d columns', (columns, length) => {
    const { progress, text } = shownBy({ isTTY: true, columns })
    progress.live('x'.repeat(300))
    expect(text()).toHaveLength(1 + length)
  })

  it('is silent with --log-level error', () => {
    const { progress, text } = shownBy({ isTTY: true }, 'error')
    progress.live('waiting')
    progress.say('done')
    expect(text()).toBe('')
  })
})
