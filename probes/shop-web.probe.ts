import { probe } from 'waybill/probe'
import { BAND, BAND_CENTS } from './models.ts'

probe(
  'a customer orders a ring through the page',
  { flow: 'customer' },
  async ({ page, model, order, customer, seller, operator, carrier }) => {
    await page.goto('/')
    await page.getByRole('button', { name: 'New order' }).click()
    await page.getByLabel('Name').fill(customer.name)
    await page.getByLabel('E-mail').fill(customer.email)
    await page.getByLabel('Reference').fill(order.reference)
    await page.getByLabel('3D model').setInputFiles(await model.file(BAND))
    order.expects({ price: BAND_CENTS })
    await page.getByRole('button', { name: 'Place order' }).click()
    await order.placedAs(page.getByTestId('order-number'))

    await order.reaches('PRICE_CALCULATED')
    await seller.approves(order)
    await operator.makes(order) // takes, completes, packs, ships
    await carrier.delivers(order)
    await order.reaches('CLOSED')
  },
)
