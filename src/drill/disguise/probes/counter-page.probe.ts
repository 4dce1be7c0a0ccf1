import { probe } from 'waybill/probe'

probe(
  'a customer of the disguised order system orders through the page',
  { flow: 'walkIn' },
  async ({ page, model, order, customer, seller, operator, carrier }) => {
    await page.goto('/')
    await page.getByRole('button', { name: 'New order' }).click()
    await page.getByLabel('Name').fill(customer.name)
    await page.getByLabel('E-mail').fill(customer.email)
    await page.getByLabel('Reference').fill(order.reference)
    await page.getByLabel('3D model').setInputFiles(await model.file({ format: 'stl', triangles: 2_000 }))
    await page.getByRole('button', { name: 'Place order' }).click()
    await order.placedAs(page.getByTestId('docket-number'))

    await order.reaches('QUOTED')
    await seller.approves(order)
    await operator.makes(order)
    await carrier.delivers(order)
    await order.reaches('SETTLED')
  },
)
