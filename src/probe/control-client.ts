import { z } from 'zod'
import { WaybillError } from '../shared/errors.ts'
import {
  controlErrorSchema,
  type OrderGrant,
  type OrderRequest,
  orderGrantSchema,
  type StageAnswer,
  stageAnswerSchema,
  type VerdictAnswer,
  verdictAnswerSchema,
} from './control-protocol.ts'

/** The worker's side of the channel to the monitor. */
export interface ControlClient {
  /** Has the order entered in the ledger; only then may it be placed. */
  enterOrder(request: OrderRequest): Promise<OrderGrant>
  /** Hands over encoded evidence records. */
  sendFacts(records: readonly string[]): Promise<void>
  /** Waits until the stage is reached (in one system, if asked) or the order will not get there. */
  awaitStage(key: string, stage: string, system?: string): Promise<Exclude<StageAnswer, { state: 'waiting' }>>
  /** Waits until the verdict is final. */
  awaitVerdict(key: string): Promise<VerdictAnswer>
}

const POLL_WAIT_MS = 20_000
/** Beyond the time the monitor may hold a long poll open. */
const ANSWER_LIMIT_MS = 40_000

/** A client of the monitor's loopback control server. Any trouble with it is `probe-broken`: the monitor's own, not the order's. */
export function createControlClient(control: { readonly url: string; readonly token: string }): ControlClient {
  const ask = async <Schema extends z.ZodType>(
    method: 'GET' | 'POST',
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<z.infer<Schema>> => {
    const place = new URL(path, control.url)
    try {
      const answer = await fetch(place, {
        method,
        headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      })
      const text = await answer.text()
      const told: unknown = text === '' ? undefined : JSON.parse(text)
      if (!answer.ok) {
        const trouble = controlErrorSchema.safeParse(told)
        throw new Error(`it answered ${answer.status}${trouble.success ? `: ${trouble.data.error}` : ''}`)
      }
      return schema.parse(told)
    } catch (error) {
      throw new WaybillError({
        code: 'probe-broken',
        message: `The monitor could not be asked by the probe: ${reasonOf(error)}.`,
        place: `${method} ${place.pathname}`,
        cause: error,
      })
    }
  }

  return {
    enterOrder: (request) => ask('POST', '/orders', orderGrantSchema, request),
    sendFacts: async (records) => void (await ask('POST', '/facts', z.unknown(), { records })),
    awaitStage: async (key, stage, system) => {
      const query = new URLSearchParams({ waitMs: String(POLL_WAIT_MS) })
      if (system !== undefined) query.set('in', system)
      const path = `/orders/${encodeURIComponent(key)}/stages/${encodeURIComponent(stage)}?${query}`
      for (;;) {
        const answer = await ask('GET', path, stageAnswerSchema)
        if (answer.state !== 'waiting') return answer
      }
    },
    awaitVerdict: async (key) => {
      for (;;) {
        const answer = await ask(
          'GET',
          `/orders/${encodeURIComponent(key)}/verdict?waitMs=${POLL_WAIT_MS}`,
          verdictAnswerSchema,
        )
        if (answer.state === 'final') return answer
      }
    },
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
