import { config } from 'waybill/config'
import { jewelry } from '../../probes/jewelry.contract.ts'

/** The order system of docker-compose.yml, seen from the container beside it. The token comes from WAYBILL_OTLP_TOKEN. */
export default config({
  system: 'compose',
  contract: jewelry,
  targets: {
    shop: 'http://shop:8080',
    crm: 'http://crm:8080',
    mes: 'http://mes:8080',
    carrier: 'http://carrier:8080',
  },
  sources: {
    otlp: { http: '0.0.0.0:4318', grpc: false },
    statusApi: {
      maxPerSecond: 20,
      atRest: '1 s',
      systems: {
        shop: { url: 'http://shop:8080', path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
        crm: { url: 'http://crm:8080', path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
        mes: { url: 'http://mes:8080', path: '/api/orders/{order}', status: 'status', history: 'history[].status' },
      },
    },
  },
  probes: { folder: '../../probes' },
  telemetry: { exportTo: 'http://collector:4318' },
})
