import assert from 'node:assert/strict'
import { probe } from 'waybill/probe'

probe('a story that is wrong about itself', { flow: 'customer' }, async ({ order, customer }) => {
  await customer.orders(order)
  assert.equal(order.id, 'another-id', 'the order has another id')
})
