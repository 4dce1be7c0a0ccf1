import type { IncomingMessage } from 'node:http'

const untracedPorts = new Set<number>()

/** Requests to this local port leave no span. */
export function leaveUntraced(port: number): void {
  untracedPorts.add(port)
}

/** Health checks of the orchestrator belong to no order; control requests belong to no system. */
export const isUntraced = (request: IncomingMessage): boolean =>
  request.url === '/health' || untracedPorts.has(request.socket.localPort ?? -1)
