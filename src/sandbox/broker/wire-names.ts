import type { Channel } from 'amqplib'
import { renamed } from '../names/dictionary.ts'
import { names } from '../names/names.ts'

/** How many of a method's first arguments are names of exchanges and queues, or routing keys. */
const NAMES_FIRST: Readonly<Record<string, number>> = {
  assertExchange: 1,
  assertQueue: 1,
  checkQueue: 1,
  purgeQueue: 1,
  deleteQueue: 1,
  bindQueue: 3,
  unbindQueue: 3,
  consume: 1,
  publish: 2,
  sendToQueue: 1,
}

/** Has a channel say to the broker the names of the wire, and hand on what comes from it under ours. */
export function speakOnWire<C extends Channel>(channel: C): C {
  if (!names.disguised) return channel
  for (const [method, count] of Object.entries(NAMES_FIRST)) {
    const original: unknown = Reflect.get(channel, method)
    if (typeof original !== 'function') throw new TypeError(`this version of the client library has no ${method}`)
    Reflect.set(channel, method, (...given: unknown[]): unknown =>
      Reflect.apply(
        original,
        channel,
        given.map((argument, index) => (index < count ? sayName(argument) : sayArgument(argument))),
      ),
    )
  }
  return channel
}

const sayName = (argument: unknown): unknown => (typeof argument === 'string' ? names.talk.say(argument) : argument)

function sayArgument(argument: unknown): unknown {
  if (Buffer.isBuffer(argument)) return translated(argument, names.document.say)
  if (typeof argument === 'function') return hearing((...given) => Reflect.apply(argument, undefined, given))
  if (typeof argument !== 'object' || argument === null) return argument
  return Object.fromEntries(Object.entries(argument).map(([name, value]) => [name, sayOption(name, value)]))
}

/** Options that hold a name. */
const NAMED: ReadonlySet<string> = new Set(['type', 'deadLetterExchange', 'deadLetterRoutingKey'])

function sayOption(name: string, value: unknown): unknown {
  if (name !== 'headers') return NAMED.has(name) ? sayName(value) : value
  return typeof value === 'object' && value !== null ? renamed(value, names.messageHeader.say) : value
}

/** What answers a confirmation goes by as it is; a consumer's messages are changed in place, because they are settled as the objects they are. */
const hearing =
  (listener: (...given: unknown[]) => unknown) =>
  (first: unknown, ...others: unknown[]) => {
    if (typeof first === 'object' && first !== null && 'content' in first) hearMessage(first)
    return listener(first, ...others)
  }

function hearMessage(message: object): void {
  const content: unknown = Reflect.get(message, 'content')
  const fields: object = Object(Reflect.get(message, 'fields'))
  const properties: object = Object(Reflect.get(message, 'properties'))
  if (Buffer.isBuffer(content)) Reflect.set(message, 'content', translated(content, names.document.hear))
  for (const name of ['exchange', 'routingKey']) hearField(fields, name)
  hearField(properties, 'type')
  Reflect.set(properties, 'headers', renamed(Object(Reflect.get(properties, 'headers')), names.messageHeader.hear))
}

function hearField(of: object, name: string): void {
  const value: unknown = Reflect.get(of, name)
  if (typeof value === 'string') Reflect.set(of, name, names.talk.hear(value))
}

/** A document in other words; what is none stays as it is. */
function translated(content: Buffer, translate: (document: unknown) => unknown): Buffer {
  try {
    return Buffer.from(JSON.stringify(translate(JSON.parse(content.toString('utf8')))))
  } catch {
    return content
  }
}
