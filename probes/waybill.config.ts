import { config } from 'waybill/config'
import { jewelry } from './jewelry.contract.ts'

export default config({
  system: 'sandbox',
  contract: jewelry,
  sources: {
    otlp: { http: '127.0.0.1:0' },
    statusApi: {
      maxPerSecond: 20,
      systems: {
        shop: { path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
        crm: { path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
        mes: { path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
      },
    },
  },
  probes: { folder: '.' },
})
