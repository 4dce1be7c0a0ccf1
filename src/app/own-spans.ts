import type { Settings } from '../config/settings.ts'
import type { Fact } from '../evidence/fact.ts'
import type { EvidenceSink } from '../evidence/ports.ts'
import type { ProbeSettings } from '../probe/control-protocol.ts'
import { createSpanTeller } from '../probe/span-teller.ts'

const SERVICE = 'waybill-monitor'

type ExportTo = NonNullable<Settings['exportTo']>

/** Where spans are sent by OTLP over HTTP, with the headers the backend wants. */
export const spanEndpoint = ({ url, headers }: ExportTo): NonNullable<ProbeSettings['otlp']> => ({
  url: `${url.replace(/\/+$/, '')}/v1/traces`,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
})

/** A sink that passes everything on and tells the trace backend of our own questions, whose server spans would be orphans there. */
export interface OwnSpans {
  readonly sink: EvidenceSink
  stop(): Promise<void>
}

/** Without a backend it only passes on. */
export function createOwnSpans(exportTo: ExportTo | null, sink: EvidenceSink): OwnSpans {
  if (exportTo === null) return { sink, stop: () => Promise.resolve() }
  const teller = createSpanTeller(spanEndpoint(exportTo), String(process.pid), SERVICE)
  const tell = (fact: Fact) => {
    if (fact.kind !== 'status-answered' && fact.kind !== 'status-unavailable' && fact.kind !== 'clock-asked') return
    if (fact.poll === null) return
    teller.tell({
      ref: fact.poll,
      parentSpanId: null,
      kind: 'client',
      name: `${fact.kind === 'clock-asked' ? 'clock' : 'status'} of ${fact.system}`,
      start: fact.at.earliest,
      end: fact.at.latest,
      error: fact.kind === 'status-unavailable' ? fact.why : null,
      attributes: { synthetic: 1 },
    })
  }
  return {
    sink: {
      ...sink,
      fact: (fact) => {
        tell(fact)
        sink.fact(fact)
      },
    },
    stop: () => teller.stop(),
  }
}
