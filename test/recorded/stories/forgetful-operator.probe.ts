import { probe } from 'waybill/probe'

probe(
  'an operator finishes the ring and forgets to pack it',
  { flow: 'customer' },
  async ({ model, order, customer, seller, operator }) => {
    await customer.orders(order)
    await customer.uploads(order, await model.file({ format: 'glb', triangles: 1_000 }))
    await customer.submits(order)

    await seller.approves(order)
    await operator.takes(order)
    await operator.completes(order)
  },
)
