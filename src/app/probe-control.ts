import { randomBytes, timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyRequest } from 'fastify'
import type { Evaluation } from '../diagnosis/verdict.ts'
import { decodeRecord } from '../evidence/codec.ts'
import type { EvidenceRecord } from '../evidence/evidence.ts'
import type { EvidenceSink } from '../evidence/ports.ts'
import {
  factsRequestSchema,
  type OrderGrant,
  type OrderRequest,
  orderRequestSchema,
  type StageAnswer,
  stageQuerySchema,
  type VerdictAnswer,
  verdictQuerySchema,
} from '../probe/control-protocol.ts'
import { asWaybillError } from '../shared/errors.ts'
import type { Standing, Watched } from './follow/watched.ts'

/** One run's side of the channel: what happens when its probe asks for an order. */
export interface ControlRun {
  readonly grant: (request: OrderRequest) => Promise<OrderGrant>
}

export interface ProbeControlOptions {
  readonly sink: EvidenceSink
  readonly watched: (key: string) => Watched | undefined
  readonly document: (standing: Standing) => unknown
  /** Whether a person who works in the system can know of the stage as far as its pages go; without it pages do not matter. */
  readonly isShown?: (order: Watched, standing: Standing, stage: string, system: string) => boolean
}

/** The loopback channel between probe workers and the monitor; each run has a token of its own. */
export interface ProbeControl {
  readonly url: string
  /** A new token by which a run's probe is known; `close` forgets it. */
  open(run: ControlRun): { readonly token: string; close(): void }
  stop(): Promise<void>
}

const MAX_BODY_BYTES = 8 * 1024 * 1024

const sameText = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/**
 * Where a stage stands for somebody who works in `system`; without a witness there, the stage itself decides. `shown` false: the page there does not show
 * it yet.
 */
export function stageAnswer(
  evaluation: Evaluation,
  stage: string,
  system: string | undefined,
  shown = true,
): StageAnswer {
  const reading = evaluation.journey.stages.find((it) => it.stage === stage)
  const mirror = system === undefined ? undefined : reading?.mirrors.find((it) => it.system === system)
  const visible =
    mirror === undefined || mirror.state === 'unknown' ? reading?.state === 'reached' : mirror.state === 'reached'
  if (visible && shown) return { state: 'reached', reason: null }
  const over = evaluation.state === 'final' || evaluation.verdict === 'broken'
  return over ? { state: 'stopped', reason: evaluation.reason } : { state: 'waiting', reason: null }
}

/** Starts the control server on a free loopback port. */
export async function startProbeControl(options: ProbeControlOptions): Promise<ProbeControl> {
  const { sink, watched, document, isShown } = options
  const runs = new Map<string, ControlRun>()
  const stopping = new AbortController()
  const server = Fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true })

  const runOf = (request: FastifyRequest): ControlRun | undefined => {
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    return [...runs].find(([token]) => sameText(token, given))?.[1]
  }

  server.addHook('onRequest', async (request, reply) => {
    if (runOf(request) === undefined) await reply.code(401).send({ error: 'The token is missing or wrong.' })
  })
  server.setErrorHandler(async (error, _request, reply) => {
    const known = asWaybillError(error)
    const wrong = known.code === 'bad-capture' || known.code === 'bad-usage'
    await reply.code(wrong ? 400 : 500).send({ error: known.sentence() })
  })

  server.post('/orders', async (request, reply) => {
    const wanted = orderRequestSchema.safeParse(request.body)
    const run = runOf(request)
    if (!wanted.success || run === undefined) return reply.code(400).send({ error: 'This is no request for an order.' })
    return reply.code(201).send(await run.grant(wanted.data))
  })

  server.post('/facts', async (request, reply) => {
    const body = factsRequestSchema.safeParse(request.body)
    if (!body.success) return reply.code(400).send({ error: 'This is no list of evidence lines.' })
    // All are read before any is taken: they land together or not at all.
    for (const record of body.data.records.map(decodeRecord)) take(record)
    return reply.code(204).send()
  })

  const take = (told: EvidenceRecord) => {
    if (told.type === 'fact') sink.fact(told.record)
    else if (told.type === 'condition') sink.condition(told.record)
    else sink.coverage(told.record)
  }

  server.get<{ Params: { key: string; stage: string } }>('/orders/:key/stages/:stage', async (request, reply) => {
    const query = stageQuerySchema.safeParse(request.query)
    const order = watched(request.params.key)
    if (!query.success) return reply.code(400).send({ error: 'waitMs must be milliseconds.' })
    if (order === undefined) return reply.code(404).send({ error: 'No such order is followed.' })
    const { stage } = request.params
    const system = query.data.in
    const answer = (standing: Standing) => {
      const shown = system === undefined || isShown === undefined || isShown(order, standing, stage, system)
      return stageAnswer(standing.evaluation, stage, system, shown)
    }
    await order.until((standing) => answer(standing).state !== 'waiting', query.data.waitMs, stopping.signal)
    const standing = order.standing()
    return standing === null ? { state: 'waiting', reason: null } : answer(standing)
  })

  server.get<{ Params: { key: string } }>('/orders/:key/verdict', async (request, reply) => {
    const query = verdictQuerySchema.safeParse(request.query)
    const order = watched(request.params.key)
    if (!query.success) return reply.code(400).send({ error: 'waitMs must be milliseconds.' })
    if (order === undefined) return reply.code(404).send({ error: 'No such order is followed.' })
    await order.until(({ evaluation }) => evaluation.state === 'final', query.data.waitMs, stopping.signal)
    const standing = order.standing()
    if (standing === null || standing.evaluation.state === 'open') return { state: 'open' } satisfies VerdictAnswer
    const { verdict, reason } = standing.evaluation
    return { state: 'final', verdict, reason, document: document(standing) } satisfies VerdictAnswer
  })

  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    open: (run) => {
      const token = randomBytes(24).toString('base64url')
      runs.set(token, run)
      return { token, close: () => void runs.delete(token) }
    },
    stop: async () => {
      stopping.abort(new Error('The monitor stops.'))
      await server.close()
    },
  }
}
