import type { Fault } from './fault.ts'

const broker = { parts: ['rabbitmq'], scopes: ['broker'] } as const

/** Faults between the systems: consumers, queues, and what a message carries. */
export const MESSAGING_FAULTS = [
  {
    name: 'orders-consumer-down',
    title: 'Nobody takes new orders',
    scopes: ['process'],
    parts: ['mes-api'],
    changes: 'MES cancels its subscription to new orders; the process itself lives on.',
  },
  {
    name: 'approvals-consumer-down',
    title: 'Nobody takes approvals',
    scopes: ['process'],
    parts: ['mes-api'],
    changes: 'MES cancels its subscription to approvals; the process itself lives on.',
  },
  {
    name: 'statuses-consumer-down',
    title: 'Nobody takes statuses',
    scopes: ['process'],
    parts: ['crm-api'],
    changes: 'CRM cancels its subscription to statuses; the process itself lives on.',
  },
  {
    ...broker,
    name: 'orders-consumer-hangs',
    title: 'MES hangs with as many new orders in hand as it may have',
    changes:
      'MES has taken ten messages of one other order and does not settle them; the broker gives it no further one.',
  },
  {
    ...broker,
    name: 'orders-queue-unbound',
    title: 'The queue of new orders is unbound',
    changes: 'The binding of mes.orders to the exchange orders is removed.',
  },
  {
    ...broker,
    name: 'approvals-queue-unbound',
    title: 'The queue of approvals is unbound',
    changes: 'The binding of mes.approvals to the exchange orders is removed.',
  },
  {
    ...broker,
    name: 'statuses-queue-unbound',
    title: 'The queue of statuses is unbound',
    changes: 'The binding of crm.statuses to the exchange manufacturing is removed.',
  },
  {
    ...broker,
    name: 'orders-queue-purged',
    title: 'The queue of new orders is purged',
    changes: 'The consumer is away, and what waits in mes.orders is purged after a second and a half.',
  },
  {
    ...broker,
    name: 'approvals-queue-purged',
    title: 'The queue of approvals is purged',
    changes: 'The consumer is away, and what waits in mes.approvals is purged after a second and a half.',
  },
  {
    ...broker,
    name: 'statuses-queue-purged',
    title: 'The queue of statuses is purged',
    changes: 'The consumer is away, and what waits in crm.statuses is purged after a second and a half.',
  },
  {
    ...broker,
    name: 'orders-queue-expires',
    title: 'New orders expire in their queue',
    changes:
      'A policy lets messages live for a second in mes.orders, what expires goes nowhere, and the consumer is away.',
  },
  {
    ...broker,
    name: 'orders-bridged-without-headers',
    title: 'A bridge drops the trace headers of new orders',
    changes:
      'Between the exchange orders and mes.orders sits a bridge that publishes each message again with the headers it knows, and no other.',
  },
  {
    name: 'context-not-extracted',
    title: 'MES does not read the trace context of new orders',
    scopes: ['order'],
    parts: ['mes-api'],
    changes:
      'The consumer of new orders starts a trace of its own, without parent and without link; the order goes on.',
  },
  {
    name: 'approval-context-not-extracted',
    title: 'MES does not read the trace context of approvals',
    scopes: ['order'],
    parts: ['mes-api'],
    changes: 'The consumer of approvals starts a trace of its own, without parent and without link; the order goes on.',
  },
  {
    name: 'price-context-not-extracted',
    title: 'CRM does not read the trace context of prices',
    scopes: ['order'],
    parts: ['crm-api'],
    changes: 'The consumer of the price starts a trace of its own, without parent and without link; the order goes on.',
  },
  {
    name: 'status-context-not-extracted',
    title: 'CRM does not read the trace context of manufacturing statuses',
    scopes: ['order'],
    parts: ['crm-api'],
    changes:
      'The consumer of these statuses starts a trace of its own, without parent and without link; the order goes on.',
  },
  {
    name: 'price-without-context',
    title: 'MES sends no trace context with a price',
    scopes: ['order'],
    parts: ['mes-api'],
    changes: 'The message with the price goes out without trace headers.',
  },
  {
    name: 'status-without-context',
    title: 'MES sends no trace context with manufacturing statuses',
    scopes: ['order'],
    parts: ['mes-api'],
    changes: 'The messages of an operator’s steps go out without trace headers.',
  },
  {
    name: 'orders-consumed-in-one-span',
    title: 'MES consumes new orders inside one long span',
    scopes: ['order', 'process'],
    parts: ['mes-api'],
    changes: 'The loop that takes new orders runs inside one span, so that all of them join its trace.',
  },
] as const satisfies readonly Fault[]
