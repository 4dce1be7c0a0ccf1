import { randomBytes } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * What happens on the way. `refuses`: nobody listens. `silent`: it accepts and never says anything. `slow`: each answer is held for five seconds.
 * `html`, `wrong-json`: 200 with a page, or with a document of another kind. `rubbish`: random bytes. `endless`: a 200 whose body never ends; `drips`: one whose
 * body comes byte by byte and never ends.
 */
export type Manner = 'open' | 'refuses' | 'silent' | 'slow' | 'html' | 'wrong-json' | 'rubbish' | 'endless' | 'drips'

/** A way to a server that can be troubled and mended while both ends go on. */
export interface TroubledWay {
  readonly port: number
  /** How many bytes were sent back by a lie. */
  readonly liedBytes: number
  be(manner: Manner): Promise<void>
  stop(): Promise<void>
}

const HELD_MS = 5_000
const DRIP_MS = 20
const PAGE = '<!doctype html><title>Sign in</title><p>Your session has ended.'
const OF_ANOTHER_KIND = JSON.stringify([{ weather: 'fine', items: [null, 7, { status: 12 }] }])
const ENDLESS_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"status":"'

const reply = (type: string, body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** Opens a way to `host:port`; it listens on a port of its own, and keeps it whatever happens. */
export async function openWay(host: string, targetPort: number): Promise<TroubledWay> {
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  let manner: Manner = 'open'
  let liedBytes = 0

  const keep = (socket: Socket, other?: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      other?.destroy()
    })
  }

  const lie = (near: Socket, text: string | Buffer) => {
    liedBytes += text.length
    return near.write(text)
  }

  const goOn = (near: Socket) => {
    const more = Buffer.alloc(64 * 1024, 'x')
    const write = () => {
      while (!near.destroyed && lie(near, more));
    }
    near.on('drain', write)
    write()
  }

  const drip = (near: Socket) => {
    const drips = setInterval(() => lie(near, 'x'), DRIP_MS)
    near.on('close', () => clearInterval(drips))
  }

  const answerWithLies = (near: Socket) => {
    keep(near)
    let isTalking = false
    near.on('data', () => {
      if (manner === 'html') lie(near, reply('text/html', PAGE))
      else if (manner === 'wrong-json') lie(near, reply('application/json', OF_ANOTHER_KIND))
      else if (manner === 'rubbish') lie(near, randomBytes(700))
      else if (!isTalking) {
        isTalking = true
        lie(near, ENDLESS_HEAD)
        if (manner === 'drips') drip(near)
        else goOn(near)
      }
    })
  }

  const passOn = (near: Socket) => {
    const far = connect(targetPort, host)
    keep(near, far)
    keep(far, near)
    near.on('data', (asked: Buffer) => {
      if (manner !== 'silent') far.write(asked)
    })
    far.on('data', (answer: Buffer) => {
      if (manner === 'slow') setTimeout(() => near.destroyed || near.write(answer), HELD_MS).unref()
      else if (manner !== 'silent') near.write(answer)
    })
  }

  const listen = async () => {
    const listening = createServer((near) =>
      manner === 'open' || manner === 'slow' || manner === 'silent' ? passOn(near) : answerWithLies(near),
    )
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject)
      listening.listen(port, '127.0.0.1', resolve)
    })
    const address = listening.address()
    if (address === null || typeof address === 'string') throw new Error('The way has no port.')
    port = address.port
    server = listening
  }

  const close = async () => {
    const closing = server === undefined ? undefined : new Promise((resolve) => server?.close(resolve))
    server = undefined
    for (const socket of sockets) socket.destroy()
    await closing
  }

  await listen()
  return {
    get port() {
      return port
    },
    get liedBytes() {
      return liedBytes
    },
    be: async (next) => {
      if (next === manner) return
      const goesQuiet = manner === 'open' && (next === 'silent' || next === 'slow')
      manner = next
      // Who has gone quiet keeps his connections; whoever changes otherwise loses them.
      if (goesQuiet) return
      if (next === 'refuses') return close()
      if (server === undefined) return listen()
      for (const socket of sockets) socket.destroy()
    },
    stop: close,
  }
}
