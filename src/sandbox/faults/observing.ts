import type { Fault } from './fault.ts'

const order = { parts: ['mes-api'], scopes: ['order', 'process'] } as const
const whole = { parts: ['mes-api'], scopes: ['process'] } as const

/** Faults of telemetry and of clocks: the order itself is well. */
export const OBSERVING_FAULTS = [
  {
    ...whole,
    name: 'mes-not-instrumented',
    title: 'MES is not instrumented',
    changes: 'MES is started again without tracing: it leaves no span and hands no context on.',
  },
  {
    ...order,
    name: 'mes-sampled-away',
    title: 'The spans of MES are sampled away',
    changes:
      'The spans MES leaves for work on an order are dropped on their way; those of somebody looking at it are not.',
  },
  { ...order, name: 'mes-lacks-order-id', title: 'MES spans lack the order id', changes: 'No span carries order.id.' },
  {
    ...order,
    name: 'mes-lacks-status',
    title: 'MES spans lack the order status',
    changes: 'No span carries order.status.',
  },
  { ...order, name: 'mes-lacks-user', title: 'MES spans lack the user', changes: 'No span carries enduser.id.' },
  {
    ...order,
    name: 'mes-lacks-component',
    title: 'MES spans lack the component',
    changes: 'No span carries component.',
  },
  { ...order, name: 'mes-lacks-event', title: 'MES spans lack the event', changes: 'No span carries event.name.' },
  {
    ...order,
    name: 'mes-lacks-error-type',
    title: 'Failed MES spans lack the type of the error',
    changes: 'A failed span carries no error.type, and its exception no type.',
  },
  {
    ...order,
    name: 'mes-lacks-error-details',
    title: 'Failed MES spans lack message and stack of the error',
    changes: 'A failed span has neither a message nor an exception.',
  },
  {
    ...order,
    name: 'mes-lacks-file-size',
    title: 'MES spans lack the file size',
    changes: 'No span carries file.size.',
  },
  {
    ...order,
    name: 'mes-lacks-file-type',
    title: 'MES spans lack the file type',
    changes: 'No span carries file.type.',
  },
  {
    ...order,
    name: 'mes-lacks-response-code',
    title: 'MES spans lack the response code',
    changes: 'No server span carries http.response.status_code.',
  },
  {
    ...whole,
    name: 'mes-telemetry-late',
    title: 'The telemetry of MES is late',
    changes: 'What MES exports arrives 30 s later; nothing is lost.',
  },
  {
    parts: ['mes-api'],
    scopes: ['order'],
    name: 'mes-batch-lost',
    title: 'One batch of MES telemetry is lost',
    changes: 'The first batch that holds a span of the work on the order is taken and never arrives.',
  },
  {
    ...whole,
    name: 'mes-exporter-frozen',
    title: 'The exporter of MES is frozen',
    changes: 'MES exports nothing until this is cleared; what does not fit into its buffer is dropped.',
  },
  {
    ...whole,
    name: 'mes-clock-behind',
    title: 'The clock of MES is 90 s behind',
    changes: 'Every time the MES process tells is 90 s too early.',
  },
  {
    name: 'shop-clock-slightly-behind',
    title: 'The clock of the shop is 50 ms behind',
    scopes: ['process'],
    parts: ['shop-api'],
    changes: 'Every time the Shop API process tells is 50 ms too early.',
  },
  {
    name: 'crm-clock-ahead',
    title: 'The clock of CRM is 120 s ahead',
    scopes: ['process'],
    parts: ['crm-api'],
    changes: 'Every time the CRM API process tells is 120 s too late.',
  },
  {
    ...order,
    name: 'mes-clock-steps',
    title: 'The clock of MES steps while an order is priced',
    changes:
      'The clock of the MES process goes 5 s back while the order is priced, and stays there until this is cleared.',
  },
] as const satisfies readonly Fault[]
