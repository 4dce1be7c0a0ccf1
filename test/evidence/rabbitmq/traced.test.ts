import { describe, expect, it } from 'vitest'
import { readTraced } from '../../../src/evidence/rabbitmq/traced.ts'
import { watchedNames } from '../../../src/evidence/rabbitmq/watched-names.ts'
import { CONTRACT } from './broker.ts'

const NAMES = watchedNames(CONTRACT)
const PILOTS = 'waybill.tap.x.letters'

const trace = (way: string, headers: Readonly<Record<string, unknown>>) =>
  readTraced(
    {
      fields: { deliveryTag: 1, redelivered: false, consumerTag: '', exchange: 'amq.rabbitmq.trace', routingKey: way },
      properties: {
        ...{ contentType: undefined, contentEncoding: undefined, deliveryMode: undefined, priority: undefined },
        ...{ correlationId: undefined, replyTo: undefined, expiration: undefined, messageId: undefined },
        ...{ timestamp: undefined, type: undefined, userId: undefined, appId: undefined, clusterId: undefined },
        headers,
      },
    },
    PILOTS,
    NAMES,
  )

const published = (properties: Readonly<Record<string, unknown>>) =>
  trace('publish.cakes', { exchange_name: 'cakes', routing_keys: ['cake.ordered'], routed_queues: [], properties })

const TRACE = 'c'.repeat(32)
const TRACEPARENT = `00-${TRACE}-${'d'.repeat(16)}-01`

describe('a message of the firehose', () => {
  it('that names an order goes by that name alone', () => {
    expect(published({ message_id: 'm', headers: { 'cake-id': 'cake-1', traceparent: TRACEPARENT } })).toMatchObject({
      keys: [{ kind: 'order', value: 'cake-1' }],
      messageId: 'm',
      context: { traceId: TRACE },
    })
  })

  it('that names none goes by its id and its trace', () => {
    expect(published({ message_id: 'm', headers: { traceparent: TRACEPARENT } })).toMatchObject({
      keys: [
        { kind: 'message', value: 'm' },
        { kind: 'trace', value: TRACE },
      ],
      marked: false,
    })
  })

  it('without any name is dropped', () => {
    expect(published({ headers: { traceparent: 'nonsense', 'cake-id': '' } })).toBeUndefined()
  })

  const values: readonly (readonly [string, unknown, string | undefined])[] = [
    ['text', 'cake-1', 'cake-1'],
    ['bytes', Buffer.from('cake-1'), 'cake-1'],
    ['a number', 17, '17'],
    ['a table', { id: 'cake-1' }, undefined],
    ['very long', 'c'.repeat(300), undefined],
  ]
  it.each(values)('has its order told as %s', (_what, value, order) => {
    expect(published({ message_id: 'm', headers: { 'cake-id': value } })?.kind).toBe('message-published')
    const read = published({ message_id: 'm', headers: { 'cake-id': value } })
    const keys = read !== undefined && 'keys' in read ? read.keys : []
    expect(keys.find(({ kind }) => kind === 'order')?.value).toBe(order)
  })

  const marks: readonly (readonly [string, Readonly<Record<string, unknown>>, boolean])[] = [
    ['a header', { synthetic: '1' }, true],
    ['a baggage member', { baggage: 'tenant=a, synthetic=1;ttl=2' }, true],
    ['baggage in bytes', { baggage: Buffer.from('synthetic=1') }, true],
    ['a header that says no', { synthetic: '0' }, false],
    ['another header', { 'x-synthetic': '1' }, false],
  ]
  it.each(marks)('is marked by %s as it should be', (_what, headers, marked) => {
    expect(published({ message_id: 'm', headers })).toMatchObject({ marked })
  })

  it('keeps nothing of its headers but what the contract names', () => {
    const headers = {
      'cake-id': 'cake-1',
      customer: 'Ada',
      'x-death': [{ reason: 'rejected', queue: 'q', note: 'Ada' }],
    }
    expect(JSON.stringify(published({ user_id: 'Ada', headers }))).not.toContain('Ada')
  })

  it('leaves out what is no death', () => {
    const odd = ['text', { queue: 'q' }, { reason: 'boredom', queue: 'q' }, { reason: 'expired' }, null]
    expect(published({ message_id: 'm', headers: { 'x-death': odd } })).toMatchObject({ deaths: [] })
    expect(published({ message_id: 'm', headers: { 'x-death': 'no list' } })).toMatchObject({ deaths: [] })
  })

  it('of other monitors says nothing', () => {
    const properties = { message_id: '7' }
    const pilot = (queue: string) => trace('publish.', { exchange_name: '', routing_keys: [queue], properties })
    expect(pilot('waybill.tap.other.letters')).toBeUndefined()
    expect(pilot(PILOTS)).toEqual({ kind: 'pilot', way: 'in', messageId: '7' })
    expect(
      trace('deliver.waybill.tap.other.letters', { exchange_name: 'retries', routing_keys: ['k'], properties }),
    ).toBeUndefined()
  })

  it('that is no such message at all is dropped', () => {
    expect(trace('publish.cakes', {})).toBeUndefined()
    expect(trace('something.else', { properties: { message_id: 'm' } })).toBeUndefined()
  })
})
