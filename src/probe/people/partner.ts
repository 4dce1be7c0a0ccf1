import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { contentTypeOf } from '../model-type.ts'
import type { ProbeOrder } from '../order.ts'
import { digestOf, tellFile } from '../sent-file.ts'
import type { Session } from '../session.ts'
import { fieldOf, takeStep } from '../step.ts'
import { WORKPLACES } from '../workplaces.ts'

/** Another seller who orders directly from manufacturing. */
export interface Partner {
  readonly id: string
  /** Sends the model through the partner door; the order is born there. */
  orders(order: ProbeOrder, file: string): Promise<void>
}

export function createPartner(session: Session): Partner {
  const system = WORKPLACES.partner
  const { marks } = session.settings
  const id = `${marks.customerPrefix}partner`
  return {
    id,
    orders: async (order, file) => {
      await order.mayGoOnTo('SUBMITTED')
      const body = await openAsBlob(file)
      const type = contentTypeOf(file)
      tellFile(session, await digestOf(file), type, session.clock.now())
      const answer = await takeStep(session, 'partner', 'orders', (send) =>
        send({
          system,
          method: 'POST',
          path: '/partner/orders',
          headers: {
            'content-type': type,
            'x-partner-id': id,
            'x-external-reference': order.reference,
            'x-file-name': basename(file),
            'x-storage-prefix': marks.storagePrefix,
          },
          body,
          timeoutMs: session.settings.uploadTimeoutMs,
        }),
      )
      await order.placedAs(fieldOf(answer, 'orderId', system))
    },
  }
}
