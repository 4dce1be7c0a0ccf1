import { probe } from 'waybill/probe'
import { BAND, BAND_CENTS } from './models.ts'

probe(
  'a partner orders a ring from manufacturing directly',
  { flow: 'partner' },
  async ({ model, order, partner, seller, operator, carrier }) => {
    order.expects({ price: BAND_CENTS })
    await partner.orders(order, await model.file({ ...BAND, format: '3mf' }))

    await order.reaches('PRICE_CALCULATED')
    await seller.approves(order)
    await operator.makes(order) // takes, completes, packs, ships
    await carrier.delivers(order)
    await order.reaches('CLOSED')
  },
)
