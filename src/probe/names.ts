/** The environment variable by which a probe worker is told its settings, as JSON. It holds a token: never log it. */
export const PROBE_SETTINGS_VARIABLE = 'WAYBILL_PROBE_SETTINGS'

/** How a probe's file name ends; what stands before it is the probe's name. */
export const PROBE_FILE_SUFFIX = '.probe.ts'

// Playwright annotations by which a probe, its fixtures and the reporter of its run understand each other.
export const FLOW_ANNOTATION = 'waybill.flow'
export const UNTIL_ANNOTATION = 'waybill.until'
/** The `StoryOutcome` as JSON; absent when the worker died before it could tell the end. */
export const END_ANNOTATION = 'waybill.end'
/** The story asks for a page. */
export const PAGE_ANNOTATION = 'waybill.page'
