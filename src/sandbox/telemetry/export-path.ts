import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { orderOfSpan } from './left-out.ts'
import { isAnySwitched, isSwitched } from './switched.ts'

const LATE_MS = 30_000
const LOOK_AGAIN_MS = 50
/** The codes of an export's result. */
const SUCCESS = 0
const FAILED = 1

type Done = Parameters<SpanExporter['export']>[1]

/** The way of the spans from this process to the receiver, with the places where they may be dropped, lost, held up or stuck. */
export function createExportPath(exporter: SpanExporter): SpanExporter {
  const lost = new Set<string>()
  const late = new Map<NodeJS.Timeout, ReadableSpan[]>()
  const frozen = () => isSwitched('mes-exporter-frozen', {})

  const loses = (spans: readonly ReadableSpan[]): boolean => {
    for (const span of spans) {
      const order = orderOfSpan(span)
      const { orderId } = order
      if (orderId === undefined || isLook(span) || lost.has(orderId) || !isSwitched('mes-batch-lost', order)) continue
      lost.add(orderId)
      return true
    }
    return false
  }

  const sendLater = (spans: ReadableSpan[]) => {
    const timer = setTimeout(() => {
      late.delete(timer)
      exporter.export(spans, () => {})
    }, LATE_MS)
    timer.unref()
    late.set(timer, spans)
  }

  const sendLate = () => {
    for (const [timer, spans] of late) {
      clearTimeout(timer)
      exporter.export(spans, () => {})
    }
    late.clear()
  }

  return {
    export(spans, done) {
      if (!isAnySwitched()) return exporter.export(spans, done)
      const kept = spans.filter((span) => isLook(span) || !isSwitched('mes-sampled-away', orderOfSpan(span)))
      if (frozen()) return stuck(frozen, done)
      if (kept.length > 0 && !loses(kept)) {
        if (!isSwitched('mes-telemetry-late', {})) return exporter.export(kept, done)
        sendLater(kept)
      }
      done({ code: SUCCESS })
    },
    async forceFlush() {
      await exporter.forceFlush?.()
    },
    async shutdown() {
      sendLate()
      await exporter.shutdown()
    },
  }
}

/** Somebody looked at the order; no work was done for it. */
const isLook = ({ attributes }: ReadableSpan): boolean => attributes['event.name'] === 'order.read'

/** Answers only when it is over, and then that nothing was sent. */
function stuck(frozen: () => boolean, done: Done): void {
  const timer = setInterval(() => {
    if (frozen()) return
    clearInterval(timer)
    done({ code: FAILED, error: new Error('the receiver did not answer') })
  }, LOOK_AGAIN_MS)
  timer.unref()
}
