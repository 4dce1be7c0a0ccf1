import type { Fault } from './fault.ts'

/** Further defects such systems have had in real life, thought up by somebody who did not know how the monitor judges. */
export const INVENTED_FAULTS = [
  {
    name: 'shop-answers-from-cache',
    title: 'A cache before the shop answers a new order',
    scopes: ['order', 'process'],
    parts: ['shop-api'],
    changes:
      'Creating the order is answered with the answer the last new order got, its id included; nothing is written for this one.',
  },
  {
    name: 'mes-acknowledges-first',
    title: 'MES acknowledges a new order before it stores it, and crashes',
    scopes: ['order', 'process'],
    parts: ['mes-api'],
    changes: 'MES acknowledges the new order as it comes and is killed before the row is written; it is started again.',
  },
  {
    name: 'model-cleared-away',
    title: 'MES clears away the model it has priced',
    scopes: ['order'],
    parts: ['mes-api'],
    changes: 'Once the price is stored and announced, MES deletes the model as if it were a working copy of its own.',
  },
  {
    name: 'price-in-other-unit',
    title: 'MES tells prices in whole euros',
    scopes: ['order'],
    parts: ['mes-api'],
    changes: 'The messages of MES carry the price in euros where the CRM reads cents; the row of MES is right.',
  },
  {
    name: 'crm-reads-from-two-copies',
    title: 'Every second look at an order is answered from a copy that lags',
    scopes: ['order', 'process'],
    parts: ['crm-api'],
    changes: 'Asked for an order, CRM answers every second time from a copy of its database that is 3 s behind.',
  },
  {
    name: 'order-locked-in-mes',
    title: 'Somebody leaves a transaction open on the order in MES DB',
    scopes: ['order'],
    parts: ['mes-db'],
    changes:
      'As soon as the order is priced its row is locked by a session that looked at it for update and neither commits nor ends.',
  },
  {
    name: 'approvals-taken-by-stranger',
    title: 'A forgotten installation takes the approvals',
    scopes: ['broker'],
    parts: ['rabbitmq'],
    changes:
      'Another consumer, of higher priority and with a database of its own, takes and acknowledges what is in mes.approvals.',
  },
  {
    name: 'order-closed-by-hand',
    title: 'Somebody closes the order in Shop DB as soon as it is approved',
    scopes: ['order'],
    parts: ['shop-db'],
    changes: 'The row is set to CLOSED by hand as soon as the order is approved; manufacturing knows nothing of it.',
  },
  {
    name: 'partner-order-tried-twice',
    title: 'The partner door repeats what had succeeded',
    scopes: ['order'],
    parts: ['mes-api'],
    changes:
      'The order of a partner is stored and announced, taken for failed, and made once more under another id, which is the one answered.',
  },
  {
    name: 'mes-attributes-cut',
    title: 'The tracing of MES cuts long values',
    scopes: ['process'],
    parts: ['mes-api'],
    changes:
      'MES is started again with a limit of 24 characters on the values of span attributes, shorter than an order id.',
  },
] as const satisfies readonly Fault[]
