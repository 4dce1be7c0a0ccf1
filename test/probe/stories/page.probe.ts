import { probe } from 'waybill/probe'

probe('a customer orders through the page', { flow: 'customer' }, async ({ page, model, order, seller }) => {
  await page.goto('/')
  await page.getByRole('button', { name: 'New order' }).click()
  await page.getByLabel('3D model').setInputFiles(await model.file({ format: 'stl', triangles: 2_000 }))
  await page.getByRole('button', { name: 'Place order' }).click()
  await order.placedAs(page.getByTestId('order-number'))
  await seller.approves(order)
})
