import type { ConsumeMessage } from 'amqplib'
import { delay } from '../../shared/wait.ts'
import { TryAgain } from '../broker/delivery.ts'
import type { OrderMessage } from '../broker/messages.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import { whileActive } from '../faults/while-active.ts'

/** How long a taking that fails has worked before: a message put back at once would go round thousands of times a second. */
const WORK_MS = 200

/** What may go wrong with messages of one kind before anything is written. */
interface Troubles {
  readonly swallowed: FaultName
  readonly rejected: FaultName
  readonly unsettled: FaultName
  readonly rejectedTwice?: FaultName
  readonly requeued?: FaultName
  readonly requeuedOnce?: FaultName
  /** For whatever order. */
  readonly hanging?: FaultName
}

export const WITH_NEW_ORDERS: Troubles = {
  swallowed: 'mes-swallows',
  rejected: 'mes-rejects',
  unsettled: 'mes-never-settles',
  rejectedTwice: 'mes-rejects-twice',
  requeued: 'mes-requeues',
  requeuedOnce: 'mes-requeues-once',
  hanging: 'orders-consumer-hangs',
}

export const WITH_APPROVALS: Troubles = {
  swallowed: 'mes-swallows-approval',
  rejected: 'mes-rejects-approval',
  unsettled: 'mes-never-settles-approval',
}

/** Goes before the handler of a message; answers false where the message is to be acknowledged without it. */
export type BeforeTaking = (message: OrderMessage, delivered: ConsumeMessage) => Promise<boolean>

/** The ways of `troubles`, each while it is switched on. `signal` ends what waits when the process stops. */
export function createBeforeTaking(troubles: Troubles, switches: Switchboard, signal: AbortSignal): BeforeTaking {
  return async ({ orderId, externalReference: reference }, { fields }) => {
    const is = (name: FaultName | undefined) => name !== undefined && switches.active(name, { orderId, reference })
    await whileActive(() => is(troubles.unsettled) || is(troubles.hanging), signal)
    if (is(troubles.swallowed)) return false
    const lastTry = fields.routingKey.endsWith('.third')
    if (is(troubles.rejected) || (is(troubles.rejectedTwice) && !lastTry))
      throw new TypeError("Cannot read properties of undefined (reading 'code')")
    if (is(troubles.requeued) || (is(troubles.requeuedOnce) && !fields.redelivered)) {
      await delay(WORK_MS, signal)
      throw new TryAgain('could not serialize access due to concurrent update')
    }
    return true
  }
}
