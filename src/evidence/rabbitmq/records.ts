import { randomBytes } from 'node:crypto'

/** Names the records of one tap. Drawn at random at each start, so that they never meet those of a tap before it in the same log. */
export interface Records {
  id(): string
}

export function createRecords(): Records {
  const start = randomBytes(4).toString('hex')
  let count = 0
  return { id: () => `rabbitmq:${start}-${++count}` }
}
