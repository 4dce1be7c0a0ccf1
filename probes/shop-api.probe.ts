import { probe } from 'waybill/probe'
import { BAND, BAND_CENTS } from './models.ts'

probe(
  'a customer orders a ring through the API',
  { flow: 'customer' },
  async ({ model, order, customer, seller, operator, carrier }) => {
    await customer.orders(order)
    await customer.uploads(order, await model.file(BAND))
    order.expects({ price: BAND_CENTS })
    await customer.submits(order)

    await order.reaches('PRICE_CALCULATED')
    await seller.approves(order)
    await operator.makes(order) // takes, completes, packs, ships
    await carrier.delivers(order)
    await order.reaches('CLOSED')
  },
)
