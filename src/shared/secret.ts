const REDACTED = '[redacted]'

/** A value that must never be printed: every way of turning it into text gives `[redacted]`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself, for the one call that needs it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}

/** A URL with its password replaced, for messages and logs. Text that is no URL comes back as `[redacted]`. */
export function redactUrl(url: string): string {
  try {
    const parsed = new URL(url)
    if (parsed.password !== '') parsed.password = 'redacted'
    return parsed.toString()
  } catch {
    return REDACTED
  }
}
