import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  setLogVerbosity,
} from '@grpc/grpc-js'
import { type Admits, listenError } from './access.ts'
import type { OpenDoor, TlsFiles } from './http.ts'
import type { Taken } from './intake.ts'
import { MalformedExport } from './malformed.ts'
import { REFUSAL_CODES, type RefusalKind } from './refusal.ts'
import { exportResponse } from './reply.ts'

export interface GrpcDoor {
  readonly host: string
  readonly port: number
  readonly tls: TlsFiles | undefined
  readonly admits: Admits
  readonly maxBodyBytes: number
  readonly takeSpans: (body: Buffer) => Taken
  readonly takeLogs: (body: Buffer) => Taken
  readonly takeMetrics: (body: Buffer) => Taken
}

type Call = ServerUnaryCall<Buffer, Buffer>
type Reply = sendUnaryData<Buffer>

const SIGNALS = [
  { signal: 'trace', service: 'TraceService', take: 'takeSpans' },
  { signal: 'logs', service: 'LogsService', take: 'takeLogs' },
  { signal: 'metrics', service: 'MetricsService', take: 'takeMetrics' },
] as const
const STOP_LIMIT_MS = 1000

/** The bytes of a message as they came: the receiver reads them itself. */
const asBytes = (bytes: Buffer): Buffer => bytes

const exportService = ({ signal, service }: (typeof SIGNALS)[number]): ServiceDefinition => ({
  Export: {
    path: `/opentelemetry.proto.collector.${signal}.v1.${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  },
})

/** Listens for OTLP over gRPC, all three signals. */
export async function openGrpc(door: GrpcDoor): Promise<OpenDoor> {
  // The library writes to stderr by itself; what it has to say is in the error it gives, which is told once and in our words.
  setLogVerbosity(logVerbosity.NONE)
  const server = new Server({
    'grpc.max_receive_message_length': door.maxBodyBytes,
    'grpc.max_concurrent_streams': 100,
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
  })
  for (const signal of SIGNALS) {
    const take = door[signal.take]
    server.addService(exportService(signal), { Export: (call: Call, reply: Reply) => answer(door, take, call, reply) })
  }
  const host = door.host.includes(':') ? `[${door.host}]` : door.host
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${door.port}`, credentialsOf(door.tls), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(listenError('gRPC', door.host, door.port, error))
    })
  })
  return { address: `${door.tls === undefined ? 'http' : 'https'}://${host}:${port}`, close: () => close(server) }
}

function credentialsOf(tls: TlsFiles | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure()
  return ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }])
}

function answer(door: GrpcDoor, take: (body: Buffer) => Taken, call: Call, reply: Reply): void {
  const refuse = (kind: RefusalKind, details: string) => reply({ code: REFUSAL_CODES[kind].rpc, details })
  const [authorization] = call.metadata.get('authorization')
  if (!door.admits(authorization?.toString())) {
    refuse('unauthenticated', 'The bearer token is missing or wrong.')
    return
  }
  try {
    const taken = take(call.request)
    reply(null, exportResponse('protobuf', taken.rejected, taken.why))
  } catch (error) {
    if (error instanceof MalformedExport) refuse('malformed', error.message)
    else refuse('defect', 'The receiver failed to take the request.')
  }
}

/** Lets calls under way end, but not for long: an idle client keeps its connection for ever. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), STOP_LIMIT_MS)
    server.tryShutdown(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
