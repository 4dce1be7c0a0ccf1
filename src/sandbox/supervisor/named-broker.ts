import { type RabbitMq, startRabbitmq } from '../../embedded/rabbitmq.ts'
import type { BrokerStartOptions } from '../../embedded/started-broker.ts'
import { WaybillError } from '../../shared/errors.ts'
import { redactUrl } from '../../shared/secret.ts'

const CONNECT_LIMIT_MS = 5_000

/** A broker for the order system: of our own, or the one named by `AMQP_URL` once it has let us in. */
export async function startBroker(options: BrokerStartOptions): Promise<RabbitMq> {
  const broker = await startRabbitmq(options)
  if (broker.from === 'AMQP_URL') await checkNamedBroker(broker.amqpUrl)
  return broker
}

/** Connects once to the broker that `AMQP_URL` names, so that a wrong address is told in a sentence before four services fail on it. */
async function checkNamedBroker(amqpUrl: string): Promise<void> {
  try {
    const { connect } = await import('amqplib')
    const connection = await connect(amqpUrl, { timeout: CONNECT_LIMIT_MS })
    await connection.close()
  } catch (cause) {
    throw new WaybillError({
      code: 'part-missing',
      place: redactUrl(amqpUrl),
      message: `The broker named by AMQP_URL does not let us in: ${reasonOf(cause)}.`,
      hint: 'Start it, correct AMQP_URL, or unset it to have a private one started.',
      cause,
    })
  }
}

/** A name that leads to several addresses fails with all their errors in one. */
export const reasonOf = (cause: unknown): string => {
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0])
  return cause instanceof Error && cause.message !== '' ? cause.message.replace(/\.$/, '') : String(cause)
}
