import { probe } from 'waybill/probe'

probe(
  'a story that asks for less than its flow',
  { flow: 'customer', until: 'INITIATED' },
  async ({ order, customer }) => {
    await customer.orders(order)
    await customer.submits(order)
  },
)
