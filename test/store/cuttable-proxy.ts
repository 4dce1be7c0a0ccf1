import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can be cut and mended, as when the server goes down and comes back under the same address. */
export interface CuttableProxy {
  readonly port: number
  /** Breaks all connections and refuses new ones. */
  cut(): Promise<void>
  mend(): Promise<void>
  /** Lets the next statement that holds `text` reach the server and breaks its connection when the answer comes. */
  loseAnswerTo(text: string): void
}

export async function startProxy(targetPort: number): Promise<CuttableProxy> {
  const open = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  let losing: string | undefined

  const mend = async () => {
    const listening = createServer((near) => {
      const far = connect(targetPort, '127.0.0.1')
      for (const socket of [near, far]) {
        open.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          near.destroy()
          far.destroy()
          open.delete(socket)
        })
      }
      near.on('data', (asked: Buffer) => {
        if (losing !== undefined && asked.includes(losing)) {
          losing = undefined
          far.unpipe(near)
          far.once('data', () => near.destroy()).resume()
        }
      })
      near.pipe(far).pipe(near)
    })
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject)
      listening.listen(port, '127.0.0.1', resolve)
    })
    const address = listening.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    port = address.port
    server = listening
  }

  await mend()
  return {
    port,
    mend,
    loseAnswerTo: (text) => {
      losing = text
    },
    async cut() {
      const closing = new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)))
      server = undefined
      for (const socket of open) socket.destroy()
      await closing
    },
  }
}
