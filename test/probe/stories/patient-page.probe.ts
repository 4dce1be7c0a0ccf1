import { probe } from 'waybill/probe'

probe('a customer presses again after a refusal', { flow: 'customer' }, async ({ page, model, order }) => {
  await page.goto('/')
  await page.getByRole('button', { name: 'New order' }).click()
  await page.getByLabel('3D model').setInputFiles(await model.file({ format: 'stl', triangles: 200 }))
  await page.getByRole('button', { name: 'Place order' }).click()
  await page.getByRole('alert').filter({ hasText: '503' }).waitFor()
  await page.getByRole('button', { name: 'Place order' }).click()
  await order.placedAs(page.getByTestId('order-number'))
})
