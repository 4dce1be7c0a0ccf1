import { createMonitorClock } from '../shared/clock.ts'
import { createControlClient } from './control-client.ts'
import type { ProbeSettings } from './control-protocol.ts'
import { createFactSender } from './fact-sender.ts'
import type { Session } from './session.ts'
import { createSpanTeller } from './span-teller.ts'

/** Has the order entered in the ledger and opens what the story needs. Nothing is placed before this resolves. */
export async function openSession(
  settings: ProbeSettings,
  story: { readonly probe: string; readonly flow: string; readonly until: string | null },
): Promise<Session> {
  const control = createControlClient(settings.control)
  const grant = await control.enterOrder({ ...story, until: settings.until ?? story.until })
  return {
    settings,
    grant,
    control,
    facts: createFactSender(control),
    spans: createSpanTeller(settings.otlp, String(process.pid)),
    clock: createMonitorClock(),
    orderId: null,
  }
}
