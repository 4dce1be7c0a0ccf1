import { probe } from 'waybill/probe'

probe(
  'a probe that looks for a button the page does not have',
  { flow: 'walkIn' },
  async ({ page, model, order, customer }) => {
    await customer.orders(order)
    await customer.uploads(order, await model.file({ format: 'stl', triangles: 2_000 }))
    await page.goto('/')
    await page.getByRole('button', { name: 'Buy now' }).click({ timeout: 2_000 })
  },
)
