import { config } from 'waybill/config'
import { jewelry } from './jewelry.contract.ts'

export default config({
  system: 'sandbox',
  contract: jewelry,
  sources: {
    otlp: { http: '127.0.0.1:0' },
    statusApi: {
      maxPerSecond: 20,
      // The reference system exports its spans every 0.2 s; questions as often let silence be told from a lost export.
      moving: '100 ms',
      atRest: '120 ms',
      systems: {
        shop: { path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
        crm: { path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
        mes: { path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
      },
    },
  },
  probes: { folder: '.' },
})
