import { probe } from 'waybill/probe'

const orders: unknown = JSON.parse('this story cannot even be read')

probe(`a story of ${orders} nobody gets to hear`, { flow: 'customer' }, async () => {})
