import { type Attributes, type Context, context, createContextKey, type Span, trace } from '@opentelemetry/api'

/** What a span says about the order it belongs to. */
export interface OrderFacts {
  readonly orderId?: string
  readonly status?: string
  readonly reference?: string
  /** Customer, partner or acting person. */
  readonly endUser?: string
  readonly synthetic?: boolean
}

/**
 * The order being worked on. It lives in the OpenTelemetry context, so that every span started under it, automatic or by hand,
 * carries the order's attributes; what is learnt late (a status read from the database) also reaches the entry span.
 */
export interface OrderScope {
  facts: OrderFacts
  readonly event: string
  /** Spans that must also say what is learnt after they began: the server span of the request, the consumer span of the message. */
  readonly entry: Span | undefined
}

const SCOPE = createContextKey('sandbox order scope')
const EXTRA = createContextKey('sandbox span attributes')

const scopes = new WeakMap<object, OrderScope>()

/** Remembers under which order a span was started, for hooks that are handed only the span. */
export const rememberScope = (span: Span, scope: OrderScope): void => void scopes.set(span, scope)
export const scopeOfSpan = (span: object): OrderScope | undefined => scopes.get(span)

export const scopeOf = (ctx: Context): OrderScope | undefined => ctx.getValue(SCOPE) as OrderScope | undefined
export const extraOf = (ctx: Context): Attributes | undefined => ctx.getValue(EXTRA) as Attributes | undefined

/** The attributes of the conventions in docs/sandbox.md; what is not known is left out. */
export function orderAttributes(scope: OrderScope): Attributes {
  const { orderId, status, reference, endUser, synthetic } = scope.facts
  return {
    ...(orderId === undefined ? {} : { 'order.id': orderId }),
    ...(status === undefined ? {} : { 'order.status': status }),
    ...(reference === undefined ? {} : { 'order.reference': reference }),
    ...(endUser === undefined ? {} : { 'enduser.id': endUser }),
    ...(synthetic === true ? { synthetic: true } : {}),
    'event.name': scope.event,
  }
}

/** The context in which work for one order runs; the active span becomes the entry span and is told the facts at once. */
export function enterOrder(event: string, facts: OrderFacts, base: Context = context.active()): Context {
  const entry = trace.getSpan(base)
  const scope: OrderScope = { facts, event, entry }
  if (entry?.isRecording()) entry.setAttributes(orderAttributes(scope))
  return base.setValue(SCOPE, scope)
}

/** Adds facts to the order being worked on; spans started from here on carry them, and so does the entry span. */
export function learnOrder(facts: OrderFacts, scope: OrderScope | undefined = scopeOf(context.active())): void {
  if (scope === undefined) return
  scope.facts = { ...scope.facts, ...facts }
  if (scope.entry?.isRecording()) scope.entry.setAttributes(orderAttributes(scope))
}

/** Runs `work` so that the spans it starts also carry `attributes` (the size and type of a file). */
export function withAttributes<T>(attributes: Attributes, work: () => T): T {
  const active = context.active()
  return context.with(active.setValue(EXTRA, { ...extraOf(active), ...attributes }), work)
}
