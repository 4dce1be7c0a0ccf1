import { probe } from 'waybill/probe'

probe('a customer looks for a button that is not there', { flow: 'customer' }, async ({ page, order }) => {
  await page.goto('/')
  await page.getByRole('button', { name: 'No such button' }).click({ timeout: 500 })
  await order.placedAs(page.getByTestId('order-number'))
})
