import { probe } from 'waybill/probe'

probe(
  'a partner orders a ring from manufacturing directly',
  { flow: 'partner' },
  async ({ model, order, partner, seller, operator, carrier }) => {
    await partner.orders(order, await model.file({ format: '3mf', triangles: 2_000 }))

    await order.reaches('PRICE_CALCULATED')
    await seller.approves(order)
    await operator.makes(order) // takes, completes, packs, ships
    await carrier.delivers(order)
    await order.reaches('CLOSED')
  },
)
