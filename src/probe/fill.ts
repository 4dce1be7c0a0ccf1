/** What stands for a placeholder. */
export type Values = Readonly<Record<string, string | number>>

const PLACEHOLDER = /\{([a-z.]+)\}/g

/** A text with its placeholders filled in; one that is unknown stays. */
export const fillText = (template: string, values: Values): string =>
  template.replaceAll(PLACEHOLDER, (whole, name: string) => String(values[name] ?? whole))

/** A document with the placeholders of its texts filled in; a text that is nothing but one becomes its value, a number a number. */
export function fillDocument(template: unknown, values: Values): unknown {
  if (typeof template === 'string') {
    const only = /^\{([a-z.]+)\}$/.exec(template)?.[1]
    return (only === undefined ? undefined : values[only]) ?? fillText(template, values)
  }
  if (Array.isArray(template)) return template.map((each) => fillDocument(each, values))
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(Object.entries(template).map(([name, held]) => [name, fillDocument(held, values)]))
}
