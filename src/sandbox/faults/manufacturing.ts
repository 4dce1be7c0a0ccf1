import type { Fault } from './fault.ts'

const mes = { parts: ['mes-api'], scopes: ['order'] } as const

/** Faults of MES: how it takes messages, prices, tells the CRM, and serves its operators. */
export const MANUFACTURING_FAULTS = [
  {
    ...mes,
    name: 'mes-rejects',
    title: 'MES rejects a new order every time',
    changes: 'Taking the new order throws at every delivery, until the broker gives the message up.',
  },
  {
    ...mes,
    name: 'mes-rejects-approval',
    title: 'MES rejects an approval every time',
    changes: 'Taking the approval throws at every delivery, until the broker gives the message up.',
  },
  {
    ...mes,
    name: 'mes-rejects-twice',
    title: 'MES rejects a new order twice, then takes it',
    changes: 'Taking the new order throws at the first two deliveries; the third succeeds.',
  },
  {
    ...mes,
    name: 'mes-requeues',
    title: 'MES puts a new order back into its queue for ever',
    changes: 'Taking the new order throws after a moment, and MES gives the message back to the queue each time.',
  },
  {
    ...mes,
    name: 'mes-requeues-once',
    title: 'MES puts a new order back once, then takes it',
    changes: 'MES gives the message back to the queue at its first delivery; the second succeeds.',
  },
  {
    ...mes,
    name: 'mes-never-settles',
    title: 'MES takes a new order and never settles it',
    changes:
      'Taking the new order waits for something that does not come; the message is neither acknowledged nor rejected.',
  },
  {
    ...mes,
    name: 'mes-never-settles-approval',
    title: 'MES takes an approval and never settles it',
    changes:
      'Taking the approval waits for something that does not come; the message is neither acknowledged nor rejected.',
  },
  {
    ...mes,
    name: 'mes-swallows',
    title: 'MES acknowledges a new order and swallows the exception',
    changes:
      'Taking the new order fails before anything is written, nobody hears of it, and the message is acknowledged.',
  },
  {
    ...mes,
    name: 'mes-swallows-approval',
    title: 'MES acknowledges an approval and swallows the exception',
    changes:
      'Taking the approval fails before anything is written, nobody hears of it, and the message is acknowledged.',
  },
  {
    name: 'mes-acknowledges-late',
    title: 'MES acknowledges a new order only when it is priced',
    scopes: ['order', 'process'],
    parts: ['mes-api'],
    changes:
      'Pricing runs before the acknowledgement and is broken off when the channel closes. A broker that waits less long than a heavy model takes (a cell with consumerTimeoutMs) delivers it again and again.',
  },
  {
    ...mes,
    name: 'model-unreadable',
    title: 'MES cannot read the model',
    changes: 'The reader of MES refuses a stored model that is in order.',
  },
  {
    ...mes,
    name: 'model-asked-wrongly',
    title: 'MES asks the storage for another file',
    changes: 'MES asks for the model under a key that does not exist; the storage answers NoSuchKey each time.',
  },
  {
    ...mes,
    name: 'price-fails-once',
    title: 'The first price calculation fails, the second succeeds',
    changes: 'The first attempt to price the model fails with an exception; the next one does not.',
  },
  {
    ...mes,
    name: 'price-throws',
    title: 'The price calculation throws',
    changes: 'Every attempt to price the model fails with an exception, and the order keeps its error.',
  },
  {
    ...mes,
    name: 'price-never-ends',
    title: 'The price calculation never ends',
    changes: 'The calculation begins and does not come to an end.',
  },
  {
    ...mes,
    name: 'price-too-slow',
    title: 'The price calculation is too slow',
    changes: 'The calculation takes longer than anybody likes (8 s, realistic 4 min) and then ends well.',
  },
  {
    ...mes,
    name: 'price-wrong',
    title: 'The price is wrong',
    changes: 'The price comes out at a tenth of what it should be.',
  },
  {
    ...mes,
    name: 'price-not-stored',
    title: 'The price is worked out and never stored',
    changes: 'The calculation ends well; the row is never updated and nothing is published.',
  },
  {
    ...mes,
    name: 'price-not-published',
    title: 'The price is stored and not announced',
    changes: 'The price is written to MES DB, and the message to the CRM is never sent.',
  },
  {
    ...mes,
    name: 'price-wrong-key',
    title: 'MES announces the price under a key nothing is bound to',
    changes: 'The message with the price is published with a routing key for which there is no queue.',
  },
  {
    ...mes,
    name: 'status-wrong-key',
    title: 'MES announces manufacturing statuses under keys nothing is bound to',
    changes: 'The messages of an operator’s steps are published with routing keys for which there is no queue.',
  },
  {
    ...mes,
    name: 'status-left-out',
    title: 'MES leaves one status out',
    changes: 'MANUFACTURING_COMPLETED is written to MES DB and never announced; the statuses after it are.',
  },
  {
    ...mes,
    name: 'status-out-of-order',
    title: 'MES announces statuses in the wrong order',
    changes: 'MANUFACTURING_COMPLETED is announced only after PACKAGING has been.',
  },
  {
    ...mes,
    name: 'partner-order-not-announced',
    title: 'A partner’s order is not announced',
    changes: 'The order of a partner is stored and priced, and the CRM is never told that it was created.',
  },
  {
    ...mes,
    parts: ['mes-api', 'crm-api'],
    name: 'partner-order-announced-twice',
    title: 'A partner’s order is announced twice',
    changes:
      'The message that a partner’s order was created is published a second time under another message id, and CRM writes the order again.',
  },
  {
    ...mes,
    name: 'click-not-stored',
    title: 'An operator’s click is answered and not stored',
    changes: 'The step answers 200 with the new status; nothing is written and nothing is announced.',
  },
  {
    name: 'operators-page-stale',
    title: 'The operators’ first page is old',
    scopes: ['order', 'process'],
    parts: ['mes-api'],
    changes: 'The list comes from a cache of before the order was approved.',
  },
  {
    name: 'operators-page-hangs',
    title: 'The operators’ first page hangs',
    scopes: ['process'],
    parts: ['mes-api'],
    changes: 'The list is asked for and does not come.',
  },
  {
    name: 'status-api-nonsense',
    title: 'The status API of MES answers nonsense',
    scopes: ['order', 'process'],
    parts: ['mes-api'],
    changes: 'Asked for an order it answers 200 with a document of another kind; everything else works.',
  },
  {
    name: 'status-api-refuses',
    title: 'The status API of MES is overloaded',
    scopes: ['order', 'process'],
    parts: ['mes-api'],
    changes: 'Asked for an order it answers 503; everything else works.',
  },
  {
    name: 'mes-down',
    title: 'MES is down',
    scopes: ['process'],
    parts: ['mes-api'],
    changes: 'The MES process is killed and stays away until the fault is cleared.',
  },
  {
    name: 'mes-db-refuses',
    title: 'MES DB refuses',
    scopes: ['process'],
    parts: ['mes-db'],
    changes: 'MES DB accepts no connection any more, and those there are are ended.',
  },
  {
    name: 'mes-db-set-back',
    title: 'MES DB comes back with an older state',
    scopes: ['process'],
    parts: ['mes-db'],
    changes:
      'A copy of MES DB is taken when this is switched on. When it is cleared the database goes down for a second and comes back as it was then.',
  },
] as const satisfies readonly Fault[]
