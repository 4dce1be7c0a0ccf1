import pg from 'pg'
import { names } from '../names/names.ts'

type OnAnswer = (error: unknown, answer: unknown) => void

/** A connection whose statements say the names of the wire, and whose rows come back under ours. */
class WireClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    const plain: unknown = this.query
    if (typeof plain !== 'function') throw new TypeError('this version of the client library has no query')
    Reflect.set(this, 'query', (statement: unknown, ...given: unknown[]): unknown => {
      const [last] = given.slice(-1)
      const called = typeof last === 'function'
      const rest = given.map((each) => (Array.isArray(each) ? names.row.say(each) : each))
      if (called)
        rest.splice(
          -1,
          1,
          hearing((...told) => Reflect.apply(last, undefined, told)),
        )
      const answer: unknown = Reflect.apply(plain, this, [sayStatement(statement), ...rest])
      return answer instanceof Promise ? answer.then(heard) : answer
    })
  }
}

const sayStatement = (statement: unknown): unknown =>
  typeof statement === 'string' ? names.sql.say(statement) : statement

const hearing =
  (onAnswer: OnAnswer): OnAnswer =>
  (error, answer) =>
    onAnswer(error, error === null || error === undefined ? heard(answer) : answer)

function heard(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('rows' in answer)) return answer
  if (Array.isArray(answer.rows)) Reflect.set(answer, 'rows', answer.rows.map(names.row.hear))
  return answer
}

/** The class of every connection to a database of the order system. */
export const DatabaseClient: typeof pg.Client = names.disguised ? WireClient : pg.Client
