import type { FindingClass, FindingCode } from './catalogue.ts'
import { CLASS_OF, SEVERITY_OF } from './catalogue.ts'
import type { Course } from './course.ts'
import type { Finding } from './finding.ts'
import type { PlacedFinding } from './rule.ts'

/** What a finding about telemetry, clocks or the monitor says; its class and severity follow from the code. */
export type Told = Omit<Finding, 'class' | 'severity' | 'explains' | 'handoff' | 'stage'> &
  Partial<Pick<Finding, 'handoff' | 'stage'>>

/** A finding that belongs beside the order's path: it explains nothing on it and nothing explains it. */
export function besidePath({ assembly }: Course, told: Told): PlacedFinding {
  const kind: FindingClass = CLASS_OF[told.code satisfies FindingCode]
  return {
    index: assembly.path.length,
    branch: true,
    watched: null,
    finding: { handoff: null, stage: null, ...told, class: kind, severity: SEVERITY_OF[kind], explains: [] },
  }
}
