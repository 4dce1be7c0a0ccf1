import { probe } from 'waybill/probe'

probe(
  'the parcel is sent and its delivery is never told',
  { flow: 'customer' },
  async ({ model, order, customer, seller, operator }) => {
    await customer.orders(order)
    await customer.uploads(order, await model.file({ format: 'stl', triangles: 1_000 }))
    await customer.submits(order)

    await seller.approves(order)
    await operator.makes(order)
  },
)
