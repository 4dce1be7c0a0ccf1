import { AsyncResource } from 'node:async_hooks'
import pg from 'pg'

type OnConnected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void

/**
 * A pool whose statements stay in their own async context. One that has to wait for a connection otherwise goes on in the context of whoever gives one back, and
 * its span and all it learns would be another order's.
 */
export class BoundPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>
  override connect(callback: OnConnected): void
  override connect(callback?: OnConnected): Promise<pg.PoolClient> | undefined {
    if (callback === undefined) return super.connect()
    super.connect(AsyncResource.bind(callback))
    return undefined
  }
}
