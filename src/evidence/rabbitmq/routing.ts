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

/** `*` stands for one word, `#` for any number of them. Follows all ways of matching at once, so that no pattern takes long. */
function topicMatches(pattern: readonly string[], words: readonly string[]): boolean {
  /** How many words may have been matched so far. */
  let matched: ReadonlySet<number> = new Set([0])
  for (const part of pattern) {
    const least = Math.min(...matched)
    matched =
      part === '#'
        ? new Set(Array.from({ length: Math.max(0, words.length - least + 1) }, (_, more) => least + more))
        : new Set(
            [...matched].filter((at) => at < words.length && (part === '*' || part === words[at])).map((at) => at + 1),
          )
    if (matched.size === 0) return false
  }
  return matched.has(words.length)
}
