import { RPC_CODES, type RpcCode } from './reply.ts'

/** Why an export request is not taken. `unavailable` is the only one an exporter may try again. */
export type RefusalKind =
  | 'not-found'
  | 'wrong-method'
  | 'unauthenticated'
  | 'wrong-type'
  | 'wrong-encoding'
  | 'too-large'
  | 'malformed'
  | 'unavailable'
  | 'defect'

interface RefusalCodes {
  readonly http: number
  readonly rpc: RpcCode
}

/** How each refusal is spoken over HTTP and gRPC (OTLP specification, "Failures"). */
export const REFUSAL_CODES: Readonly<Record<RefusalKind, RefusalCodes>> = {
  'not-found': { http: 404, rpc: RPC_CODES.notFound },
  'wrong-method': { http: 405, rpc: RPC_CODES.unimplemented },
  unauthenticated: { http: 401, rpc: RPC_CODES.unauthenticated },
  'wrong-type': { http: 415, rpc: RPC_CODES.invalidArgument },
  'wrong-encoding': { http: 415, rpc: RPC_CODES.invalidArgument },
  'too-large': { http: 413, rpc: RPC_CODES.resourceExhausted },
  malformed: { http: 400, rpc: RPC_CODES.invalidArgument },
  unavailable: { http: 503, rpc: RPC_CODES.unavailable },
  defect: { http: 500, rpc: RPC_CODES.internal },
}

/** An export request that is answered with an error. */
export class Refusal extends Error {
  readonly kind: RefusalKind

  constructor(kind: RefusalKind, message: string) {
    super(message)
    this.name = 'Refusal'
    this.kind = kind
  }
}
