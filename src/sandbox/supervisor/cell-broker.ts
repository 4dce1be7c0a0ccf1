import type { RabbitMq } from '../../embedded/rabbitmq.ts'

/** The broker as one cell sees it. */
export type CellBroker = Pick<RabbitMq, 'amqpUrl' | 'managementUrl'>
