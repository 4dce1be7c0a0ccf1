import { type PersonRequest, sendRequest } from './request.ts'
import { factHead, orderAttributes, type Session } from './session.ts'
import { firstLine, OrderStopped, StoryEnded } from './story-end.ts'
import { newTrace } from './trace-context.ts'
import type { Role } from './workplaces.ts'

/** Sends a request within the step that is under way. */
export type Send = (request: Omit<PersonRequest, 'by'>) => Promise<unknown>

/**
 * One act of a person: a trace of its own whose root span is the act. Told as a step and flushed behind the story's back.
 * A wait for the act's turn belongs before it, not inside.
 */
export async function takeStep<T>(
  session: Session,
  by: Role,
  step: string,
  act: (send: Send) => Promise<T>,
): Promise<T> {
  const root = newTrace()
  const start = session.clock.now()
  let trouble: unknown
  try {
    return await act((request) => sendRequest(session, root, { ...request, by }))
  } catch (error) {
    trouble = error
    throw error
  } finally {
    const failed = trouble !== undefined && !(trouble instanceof StoryEnded)
    const detail = failed ? firstLine(trouble) : null
    const head = factHead(session, `step/${root.spanId}`, start, root.traceId)
    session.facts.tell({ ...head, kind: 'step-taken', step, by, outcome: failed ? 'failed' : 'done', detail })
    session.spans.tell({
      ref: root,
      parentSpanId: null,
      kind: 'internal',
      name: `${by} ${step}`,
      start,
      end: head.seenAt,
      error: detail,
      attributes: { ...orderAttributes(session), 'enduser.id': by, 'event.name': step },
    })
    void session.spans.flush()
  }
}

/** A string field of an answer; without it the system's answer is none. */
export function fieldOf(answer: unknown, field: string, system: string): string {
  const value =
    typeof answer === 'object' && answer !== null ? Object.entries(answer).find(([name]) => name === field)?.[1] : null
  if (typeof value === 'string' && value !== '') return value
  throw new OrderStopped(`${system} answered without ${field}.`)
}
