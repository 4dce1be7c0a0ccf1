import { config } from 'waybill/config'
import { disguised } from './contract.ts'

const MOULD = { 'content-type': '{file.type}', 'x-mould-title': '{file.name}', 'x-vault-folder': '{folder}' }
const CONSIGNMENT = '/v3/consignments/{order}'
const LOOK = {
  path: CONSIGNMENT,
  status: 'phase',
  history: 'trail[].phase',
  reference: 'yourRef',
  content: { price: 'amountDue' },
}

export default config({
  system: 'sandbox',
  contract: disguised,
  sandbox: {
    disguised: true,
    systems: {
      shop: 'counter',
      crm: 'office',
      mes: 'atelier',
      carrier: 'courier',
      'shop-db': 'counter-store',
      'mes-db': 'atelier-store',
    },
  },
  sources: {
    otlp: { http: '127.0.0.1:0' },
    statusApi: {
      maxPerSecond: 20,
      moving: '100 ms',
      atRest: '120 ms',
      clocks: { counter: '/ping', office: '/ping', atelier: '/ping', courier: '/ping' },
      systems: { counter: LOOK, office: LOOK, atelier: LOOK },
    },
    postgres: { maxPerSecond: 10, moving: '200 ms', atRest: '500 ms' },
    storage: { moving: '200 ms', atRest: '2 s' },
  },
  probes: {
    folder: './probes',
    marks: { header: 'X-Trial-Run', baggage: { trial: '1' }, customerPrefix: 'trial-', storagePrefix: 'trial/' },
    acts: {
      'customer orders': {
        system: 'counter',
        path: '/v3/consignments',
        headers: { 'x-once-only': '{key}' },
        body: {
          buyer: {
            number: '{customer.id}',
            fullName: '{customer.name}',
            mail: '{customer.email}',
            tel: '{customer.phone}',
          },
          yourRef: '{reference}',
        },
        makes: 'DRAFTED',
        id: 'docket',
      },
      'customer uploads': {
        system: 'counter',
        method: 'PUT',
        path: `${CONSIGNMENT}/mould`,
        headers: MOULD,
        makes: 'MOULD_RECEIVED',
      },
      'customer builds': {
        system: 'counter',
        path: `${CONSIGNMENT}/template`,
        headers: { 'x-vault-folder': '{folder}' },
        body: { facets: '{triangles}' },
        makes: 'MOULD_RECEIVED',
      },
      'customer submits': { system: 'counter', path: `${CONSIGNMENT}/lodge`, makes: 'LODGED' },
      'partner orders': {
        system: 'atelier',
        path: '/trade/consignments',
        headers: { ...MOULD, 'x-trade-account': '{partner.id}', 'x-your-ref': '{reference}' },
        makes: 'LODGED',
        id: 'docket',
      },
      'seller approves': {
        system: 'office',
        path: `${CONSIGNMENT}/clear`,
        sees: { stage: 'QUOTED', in: 'office' },
        makes: 'RELEASED',
      },
      'seller closes': {
        system: 'office',
        path: `${CONSIGNMENT}/settle`,
        sees: { stage: 'DISPATCHED', in: 'office' },
        makes: 'SETTLED',
      },
      'operator takes': {
        system: 'atelier',
        path: `${CONSIGNMENT}/pick`,
        sees: { stage: 'RELEASED', in: 'atelier' },
        makes: 'ON_BENCH',
      },
      'operator completes': {
        system: 'atelier',
        path: `${CONSIGNMENT}/finish`,
        sees: { stage: 'ON_BENCH', in: 'atelier' },
        makes: 'FINISHED',
      },
      'operator packs': {
        system: 'atelier',
        path: `${CONSIGNMENT}/box`,
        sees: { stage: 'FINISHED', in: 'atelier' },
        makes: 'BOXED',
      },
      'operator ships': {
        system: 'atelier',
        path: `${CONSIGNMENT}/dispatch`,
        sees: { stage: 'BOXED', in: 'atelier' },
        makes: 'DISPATCHED',
      },
      'carrier delivers': {
        system: 'courier',
        path: '/v3/crates/{order}/arrived',
        sees: { stage: 'DISPATCHED', in: 'office' },
        makes: 'SETTLED',
      },
    },
  },
})
