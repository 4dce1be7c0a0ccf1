/** Playwright annotations by which a probe, its fixtures and the reporter of its run understand each other. */
export const FLOW_ANNOTATION = 'waybill.flow'
export const UNTIL_ANNOTATION = 'waybill.until'
/** The `StoryOutcome` as JSON; absent when the worker died before it could tell the end. */
export const END_ANNOTATION = 'waybill.end'
