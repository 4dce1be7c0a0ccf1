import { probe } from 'waybill/probe'

probe(
  'a customer orders through the API',
  { flow: 'customer' },
  async ({ model, order, customer, seller, operator, carrier }) => {
    order.expects({ price: 7543 })
    await customer.orders(order)
    await customer.uploads(order, await model.file({ format: 'stl', triangles: 200 }))
    await customer.submits(order)
    await seller.approves(order)
    await operator.makes(order)
    await carrier.delivers(order)
    await order.reaches('CLOSED')
  },
)
