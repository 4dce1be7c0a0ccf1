import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { BoundPool } from '../../../src/sandbox/database/bound-pool.ts'

const order = new AsyncLocalStorage<string>()
const ranUnder: (readonly [statement: string, order: string | undefined])[] = []
const release = Promise.withResolvers<void>()

type Answer = (error: undefined, result: object) => void

const answerOnceReleased = async (answer: Answer): Promise<void> => {
  await release.promise
  answer(undefined, { rows: [] })
}

/** A connection that answers the first statement only when it is told to. */
class SlowClient extends EventEmitter {
  connect(done: () => void): void {
    setImmediate(done)
  }
  query(statement: string, _values: unknown, done: Answer): void {
    ranUnder.push([statement, order.getStore()])
    if (statement === 'first') void answerOnceReleased(done)
    else setImmediate(() => done(undefined, { rows: [] }))
  }
  end(done?: () => void): void {
    done?.()
  }
  ref(): void {}
  unref(): void {}
}

const pool: BoundPool = Reflect.construct(BoundPool, [{ max: 1, Client: SlowClient }])
afterEach(() => pool.end())

describe('a statement that waits for a connection', () => {
  it('goes on under its own order, not under the one that gave the connection back', async () => {
    const first = order.run('one', () => pool.query('first'))
    const second = order.run('other', () => pool.query('second'))
    release.resolve()
    await Promise.all([first, second])
    expect(ranUnder).toEqual([
      ['first', 'one'],
      ['second', 'other'],
    ])
  })
})
