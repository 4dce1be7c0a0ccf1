import { config } from 'waybill/config'
import { jewelry } from './jewelry.contract.ts'

const ORDER = {
  path: '/api/orders/{order}',
  status: 'status',
  history: 'history[].status',
  reference: 'externalReference',
  content: { price: 'priceCents' },
}

export default config({
  system: 'sandbox',
  contract: jewelry,
  sources: {
    otlp: { http: '127.0.0.1:0' },
    // Its broker and how to reach it are told by the reference system itself.
    rabbitmq: { mode: 'firehose' },
    statusApi: {
      maxPerSecond: 20,
      // The reference system exports its spans every 0.2 s; questions as often let silence be told from a lost export.
      moving: '100 ms',
      atRest: '120 ms',
      // Light routes that leave a span: the quicker the answer, the better a clock is known. The carrier is asked nothing else.
      clocks: { shop: '/ping', crm: '/ping', mes: '/ping', carrier: '/ping' },
      systems: {
        shop: ORDER,
        crm: ORDER,
        mes: ORDER,
      },
    },
    // Where the databases and the file storage are the reference system tells itself.
    postgres: { maxPerSecond: 10, moving: '200 ms', atRest: '500 ms' },
    storage: { moving: '200 ms', atRest: '2 s' },
  },
  probes: { folder: '.' },
})
