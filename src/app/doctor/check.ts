/** One thing the doctor looked at. */
export interface Check {
  readonly what: string
  readonly state: 'good' | 'bad' | 'unknown'
  /** Empty where there is nothing to add. */
  readonly detail: string
}

/** How the doctor goes about it. */
export interface ExamineOptions {
  readonly signal: AbortSignal
  readonly say: (sentence: string) => void
  /** How long orders of others are listened for, in milliseconds. Default 10,000. */
  readonly listenMs?: number
}
