import { probe } from 'waybill/probe'

probe(
  'a story that breaks by its own fault after the order is placed',
  { flow: 'customer' },
  async ({ model, order, customer }) => {
    await customer.orders(order)
    await customer.uploads(order, await model.file({ format: 'stl', triangles: 200 }))
    throw new Error('this step of the story is wrong')
  },
)
