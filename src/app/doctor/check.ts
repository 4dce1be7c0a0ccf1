/** One thing the doctor looked at. */
export interface Check {
  readonly what: string
  readonly state: 'good' | 'bad' | 'unknown'
  /** Empty where there is nothing to add. */
  readonly detail: string
}
