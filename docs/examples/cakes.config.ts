import { config } from 'waybill/config'

export default config({
  system: 'cake store, test environment',
  contract: 'cakes.contract.ts',
  targets: { store: 'https://store.test.example', bakery: 'https://bakery.test.example' },
  sources: {
    otlp: { http: '127.0.0.1:4318' },
    statusApi: {
      maxPerSecond: 5,
      atRest: '3 s',
      systems: {
        store: { path: '/api/cakes/{order}', status: 'status' },
        bakery: { path: '/jobs/{order}', status: 'state', notFound: [404, 410] },
      },
    },
  },
  probes: { folder: '.' },
})
