import { probe } from 'waybill/probe'

probe('a customer orders a cake', { flow: 'cake', until: 'BAKED' }, async ({ page, order }) => {
  await page.goto('https://store.test.example/')
  await page.getByLabel('Name on the cake').fill(order.reference)
  await page.getByRole('button', { name: 'Order' }).click()
  await order.placedAs(page.getByTestId('cake-number'))

  await order.reaches('BAKED')
})
