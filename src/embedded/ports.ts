import { connect, createServer } from 'node:net'
import { WaybillError } from '../shared/errors.ts'

/** Below the range the kernel gives to outgoing connections, so that none of those takes the port before its server does. */
const LOWEST = 15_000
const HIGHEST = 32_000
const ATTEMPTS = 50

/** `count` different loopback ports nobody listens on at this moment, for servers that must be told their port. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let attempt = 0; attempt < ATTEMPTS * count && found.size < count; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  if (found.size < count) {
    throw new WaybillError({
      code: 'port-in-use',
      message: `No ${count} free ports were found on 127.0.0.1 between ${LOWEST} and ${HIGHEST}.`,
      hint: 'Stop programs that hold many ports, then try again.',
    })
  }
  return [...found]
}

/** Whether somebody takes connections at this loopback port: the cheapest question to ask often. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
