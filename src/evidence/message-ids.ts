import type { AttributeValue } from './span.ts'

/** Attribute names, old and new, under which instrumentations put the AMQP message id. */
export const MESSAGE_ID_ATTRIBUTES = ['messaging.message.id', 'messaging.message_id'] as const

/** Attribute names, old and new, under which instrumentations put the AMQP correlation id. */
export const CORRELATION_ID_ATTRIBUTES = ['messaging.message.conversation_id', 'messaging.conversation_id'] as const

/** The first of `names` that the attributes hold, as text; arrays are no names. */
export function firstText(
  attributes: Readonly<Record<string, AttributeValue>>,
  names: readonly string[],
): string | null {
  for (const name of names) {
    const value = attributes[name]
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  }
  return null
}
