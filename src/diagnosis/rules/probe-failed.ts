import type { ProbeEnded } from '../../evidence/fact.ts'
import { clockTime } from '../describe.ts'
import { NOTHING, type Rule } from '../rule.ts'

/** The probe itself broke or was killed: a finding about the monitor, never about the order. Proof: its own end. */
export const probeFailed: Rule = {
  code: 'probe-failed',
  provenBy: [['probe']],
  judge: (course) => {
    const ended = course.assembly.view.evidence.facts.find(
      (fact): fact is ProbeEnded =>
        fact.kind === 'probe-ended' && (fact.outcome === 'broke' || fact.outcome === 'killed'),
    )
    if (ended === undefined) return NOTHING
    const how = ended.outcome === 'killed' ? 'was killed' : 'broke'
    const { probe } = course.assembly.view.order
    return {
      unchecked: [],
      findings: [
        {
          index: course.assembly.path.length,
          branch: true,
          watched: null,
          finding: {
            code: 'probe-failed',
            class: 'monitor',
            severity: 'inconclusive',
            handoff: null,
            stage: null,
            message: `Probe ${probe} ${how} at ${clockTime(ended.seenAt)}${ended.detail === null ? '' : `: ${ended.detail}`}; the order was followed as far as it went.`,
            owner: 'the owner of the probe',
            hint: `run the probe by itself: npx waybill run ${probe} --debug`,
            detectedAt: ended.seenAt,
            evidence: [
              { source: ended.source, at: ended.at.latest, what: `probe ended: ${ended.outcome}`, ref: ended.id },
            ],
            explains: [],
          },
        },
      ],
    }
  },
}
