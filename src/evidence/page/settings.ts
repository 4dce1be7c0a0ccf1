/** One page a person works from, and what it must show of an order. */
export interface ViewedPage {
  readonly system: string
  /** Whole address of the page. */
  readonly url: string
  /** The stage from which on it is looked at, and the one from which on no more. */
  readonly shows: string
  readonly until?: string
  /** CSS selector of the order's entry, with `{order}` and `{reference}`. */
  readonly entry: string
  /** Pattern (regular expression) the entry's text must match. */
  readonly text?: string
}
