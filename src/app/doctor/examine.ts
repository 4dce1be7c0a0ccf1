import type { App } from '../start.ts'
import { checkByListening } from './by-listening.ts'
import { checkByOrder } from './by-order.ts'
import type { Check, ExamineOptions } from './check.ts'
import { checkSources } from './sources.ts'

const LISTEN_MS = 10_000

/**
 * Looks at every source, and at the telemetry of every system as far as that can be seen: in the reference system by orders of its own, elsewhere, where nothing is
 * placed unasked, by the orders that pass by.
 */
export async function examineApp(
  app: App,
  { signal, say, listenMs = LISTEN_MS }: ExamineOptions,
): Promise<readonly Check[]> {
  const telemetry =
    app.sandbox === null ? await checkByListening(app, { signal, say, listenMs }) : await checkByOrder(app, signal, say)
  return [...(await checkSources(app, signal)), ...telemetry]
}
