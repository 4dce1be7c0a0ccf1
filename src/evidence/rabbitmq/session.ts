import { randomBytes } from 'node:crypto'
import type { ConsumeMessage } from 'amqplib'
import type { Clock } from '../../shared/clock.ts'
import type { DataExposed } from '../fact.ts'
import type { PlantedRegistry } from '../planted.ts'
import type { BrokerQueues } from './broker-queues.ts'
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts'
import { createDeadLetters, type DeadLetters } from './dead-letters.ts'
import { exposuresIn } from './exposure.ts'
import type { HandedOut } from './handed-out.ts'
import type { MessageIntake } from './intake.ts'
import { createOverflow } from './overflow.ts'
import { type OwnQueues, ownQueues } from './own-queues.ts'
import { declareOverflow, openFirehose, openLetters, type Part, type Room } from './parts.ts'
import { deliveredFrom, isPublication, isWatched, readTraced } from './traced.ts'
import type { TracingSwitch } from './tracing.ts'
import type { Unread } from './unread.ts'
import type { Vouching } from './vouching.ts'
import type { WatchedNames } from './watched-names.ts'
import { createWay, type Way } from './way.ts'

/** One connection's worth of tapping: from declaring our queues until the connection is gone. */
export interface Session {
  readonly connection: Connection
  /** Null, or why the broker's firehose cannot be listened to. */
  readonly noFirehose: string | null
  /** Null, or why tracing could not be switched on; it may be on all the same. */
  readonly notSwitched: string | null
  /** Null, or why our own queue cannot be declared; without it there are no pilots. */
  readonly noLetters: string | null
  /** Null, or why the firehose does not show all that passes even where it works. */
  readonly partial: string | null
  readonly deadLetters: DeadLetters
  readonly ways: { readonly firehose: Way; readonly letters: Way }
  /** Resolves with the reason when it is over. */
  readonly ended: Promise<string>
  /** Sends the next pilot. */
  pilot(): void
  /** Takes our queues out of the broker and closes. */
  close(): Promise<void>
}

export interface SessionOptions extends ConnectionOptions {
  readonly firehose: boolean
  readonly names: WatchedNames
  readonly room: Room
  readonly clock: Clock
  /** The management API; null where there is none. */
  readonly broker: BrokerQueues | null
  readonly tracing: TracingSwitch
  readonly intake: MessageIntake
  readonly vouching: { readonly firehose: Vouching; readonly letters: Vouching }
  readonly unread: Unread
  readonly handedOut: HandedOut
  readonly planted: PlantedRegistry
  /** Tells of a planted value seen in a message's headers. */
  readonly onExposed: (fact: DataExposed) => void
  /** Called when our queues had no room for all that passed. */
  readonly onOverflow: () => void
}

const NOT_ASKED_FOR: Part = { works: false, why: 'it is not asked for' }
const NOTHING = Buffer.alloc(0)

/** Connects and declares everything. Rejects when there is no connection to be had; a part that cannot work says so instead. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const connection = await openConnection(options)
  try {
    return await declareAll(connection, options)
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function declareAll(connection: Connection, options: SessionOptions): Promise<Session> {
  const { tracing } = options
  const found = options.firehose ? await tracing.find() : 'unknown'
  const own = ownQueues(randomBytes(6).toString('hex'), found)
  const listening = await listen(connection, own, options)
  const { firehose, letters } = listening
  // Our lease stands by now, so that whoever leaves meanwhile leaves it on.
  const notSwitched = firehose.works ? await tracing.switchOn() : null
  if (firehose.works && tracing.found() !== found) throw new Error('somebody switched tracing off as we came')
  await listening.deadLetters.refresh()
  const nodes = firehose.works ? await tracing.nodes() : null
  listening.showsAll.firehose = nodes === 1
  return {
    connection,
    noFirehose: firehose.works ? null : firehose.why,
    notSwitched,
    noLetters: letters.works ? null : letters.why,
    partial: nodes === 1 || !firehose.works ? null : partialBecause(nodes),
    deadLetters: listening.deadLetters,
    ways: listening.ways,
    ended: Promise.race([
      connection.ended,
      ...[firehose, letters].flatMap((part) => (part.works ? [part.closed] : [])),
    ]),
    pilot: listening.pilot,
    close: async () => {
      await Promise.race([listening.removeQueues().catch(() => {}), connection.ended])
      await connection.close()
    },
  }
}

const partialBecause = (nodes: number | null): string =>
  nodes === null
    ? 'how many nodes the broker has cannot be told, so its silence proves nothing'
    : `the broker has ${nodes} nodes and the firehose shows what passes one, so its silence proves nothing`

/** Declares our queues and listens to them; messages go to the intake, pilots to their ways. */
async function listen(connection: Connection, own: OwnQueues, options: SessionOptions) {
  const { names, room, clock, unread, intake, vouching } = options
  const { channel } = await connection.channel()
  const showsAll = { firehose: false }
  const deadLetters = createDeadLetters(connection, options.broker, own, names)
  const overflow = createOverflow(channel, own.overflow, () => {
    for (const way of Object.values(ways)) way.taint()
    options.onOverflow()
  })
  const overflowed = () => overflow.look()
  const ways = {
    firehose: createWay({ clock, unread, vouching: vouching.firehose, showsAll: () => showsAll.firehose, overflowed }),
    letters: createWay({
      clock,
      unread,
      vouching: vouching.letters,
      showsAll: () => deadLetters.unseen().length === 0,
      overflowed,
    }),
  }
  const halves = createHalves()
  let pilots = 0

  const onTrace = (message: ConsumeMessage) => {
    ways.firehose.count()
    if (isPublication(message)) exposuresIn(message, options.planted, clock.now).forEach(options.onExposed)
    const from = deliveredFrom(message)
    if (from !== null) options.handedOut.add(from, clock.now())
    const traced = readTraced(message, own.letters, names)
    if (traced === undefined) return
    if (traced.kind === 'pilot') {
      if (halves.whole(Number(traced.messageId))) ways.firehose.back(Number(traced.messageId))
      return
    }
    const watched = isWatched(traced, names)
    if (intake.wants(traced.keys, watched)) intake.take(traced, ways.firehose.passedSince(), watched)
  }

  const onLetter = (message: ConsumeMessage) => {
    const { exchange, routingKey } = message.fields
    if (exchange === '' && routingKey === own.letters) return ways.letters.back(Number(message.properties.messageId))
    ways.letters.count()
    const seen = deadLetters.read(message)
    if (seen !== null) intake.take(seen, ways.letters.passedSince(), true)
  }

  const sign = await declareOverflow(connection, own)
  const letters = sign.works ? await openLetters(connection, own, room, onLetter) : sign
  const firehose = await openPart()
  return {
    deadLetters,
    ways,
    letters,
    firehose,
    showsAll,
    pilot: () => {
      if (!letters.works) return
      const pilot = ++pilots
      const now = clock.now()
      ways.letters.line.sent(pilot, now)
      if (firehose.works) ways.firehose.line.sent(pilot, now)
      channel.publish('', own.letters, NOTHING, { messageId: String(pilot), appId: 'waybill' })
    },
    removeQueues: async () => {
      for (const queue of [own.traces, own.letters, own.overflow]) await channel.deleteQueue(queue)
    },
  }

  async function openPart(): Promise<Part> {
    if (!options.firehose) return NOT_ASKED_FOR
    return letters.works ? openFirehose(connection, own, room, onTrace) : letters
  }
}

/** A pilot is back on the firehose when both its publication and its delivery have been seen. */
function createHalves() {
  const seen = new Set<number>()
  return {
    whole: (pilot: number): boolean => {
      if (seen.delete(pilot)) return true
      seen.add(pilot)
      for (const old of seen) {
        if (seen.size <= MOST_HALVES) break
        seen.delete(old)
      }
      return false
    },
  }
}

const MOST_HALVES = 1_000
