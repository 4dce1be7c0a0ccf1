import { z } from 'zod'
import { durationSchema } from '../contract/schema.ts'
import { Secret } from '../shared/secret.ts'

const optional = z.exactOptional
const text = z.string().min(1)

const urlOf = (...protocols: readonly string[]) => {
  const expected = `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`
  const isOne = (value: string | Secret): boolean => {
    const plain = value instanceof Secret ? value.reveal() : value
    return URL.canParse(plain) && protocols.includes(new URL(plain).protocol)
  }
  return z.union([z.instanceof(Secret), text], expected).refine(isOne, expected)
}

export const amqpUrl = urlOf('amqp:', 'amqps:')
export const managementUrl = urlOf('http:', 'https:')

/** `sources.rabbitmq`: where the broker is and how it is tapped. */
export const rabbitmqSchema = z.strictObject({
  url: optional(amqpUrl),
  managementUrl: optional(managementUrl),
  mode: optional(z.enum(['firehose', 'passive'])),
  ca: optional(text),
  statistics: optional(durationSchema),
})
