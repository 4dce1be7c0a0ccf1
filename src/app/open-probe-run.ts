import type { Browser } from '../embedded/browser.ts'
import type { ProbeSettings } from '../probe/control-protocol.ts'
import type { Watched } from './follow/watched.ts'
import { newRunId } from './order-names.ts'
import { grantOrder, probeSettings } from './run.ts'
import type { App } from './start.ts'

/** A run whose probes are played by somebody else. */
export interface OpenProbeRun {
  readonly settings: ProbeSettings
  /** Writes down the verdicts reached so far and lets go of the orders. */
  close(): Promise<void>
}

/** Opens the channel for probes that another process plays, each order followed as if we played it. */
export async function openProbeRun(
  app: App,
  name: string,
  browser: Browser | null,
  onOrder: (watched: Watched) => void,
): Promise<OpenProbeRun> {
  const run = newRunId(name, new Date())
  const orders: Watched[] = []
  await app.books.beginRun(run, name)
  const channel = app.control.open({
    grant: async (asked) => {
      const { watched, grant } = await grantOrder(app, run, asked)
      orders.push(watched)
      onOrder(watched)
      return grant
    },
  })
  return {
    settings: probeSettings(app, run, channel.token, browser, null),
    close: async () => {
      channel.close()
      const standings = orders.flatMap((watched) => watched.standing() ?? [])
      await app.keep(standings.filter(({ evaluation }) => evaluation.state === 'final').map(app.document))
      for (const watched of orders) app.follower.unwatch(watched.order.key)
    },
  }
}
