import { probe } from 'waybill/probe'

const THINKS_MS = 2_500

probe(
  'a seller looks at the price for a while before approving',
  { flow: 'customer' },
  async ({ model, order, customer, seller, operator, carrier }) => {
    await customer.orders(order)
    await customer.uploads(order, await model.file({ format: 'obj', triangles: 1_000 }))
    await customer.submits(order)

    await order.reaches('PRICE_CALCULATED', { in: 'crm' })
    await new Promise((resolve) => setTimeout(resolve, THINKS_MS))
    await seller.approves(order)
    await operator.makes(order)
    await carrier.delivers(order)
    await order.reaches('CLOSED')
  },
)
