import { probe } from 'waybill/probe'

probe('a probe that is killed in the middle of its story', { flow: 'walkIn' }, async ({ model, order, customer }) => {
  await customer.orders(order)
  await customer.uploads(order, await model.file({ format: 'stl', triangles: 2_000 }))
  process.kill(process.ppid, 'SIGKILL')
  process.kill(process.pid, 'SIGKILL')
})
