/** The types of exchange whose routing is known here, and is not changed by a further binding with a key that is bound already. */
export type ExchangeType = 'direct' | 'fanout' | 'topic'

/** Null for any other type. */
export const exchangeTypeOf = (type: string): ExchangeType | null =>
  type === 'direct' || type === 'fanout' || type === 'topic' ? type : null

/** Whether an exchange routes a message under a binding. */
export function bindingMatches(type: ExchangeType, bindingKey: string, routingKey: string): boolean {
  if (type === 'fanout') return true
  return type === 'direct' ? bindingKey === routingKey : topicMatches(bindingKey.split('.'), routingKey.split('.'))
}

/** `*` stands for one word, `#` for any number of them. */
function topicMatches(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return words.length === 0
  if (first === '#') return topicMatches(rest, words) || (words.length > 0 && topicMatches(pattern, words.slice(1)))
  const [word, ...others] = words
  return word !== undefined && (first === '*' || first === word) && topicMatches(rest, others)
}
