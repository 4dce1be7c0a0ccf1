import { probe } from 'waybill/probe'

probe('a story whose teller is killed', { flow: 'customer' }, async ({ order, customer }) => {
  await customer.orders(order)
  process.kill(process.ppid, 'SIGKILL')
  process.kill(process.pid, 'SIGKILL')
})
