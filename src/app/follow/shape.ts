import type { Evaluation } from '../../diagnosis/verdict.ts'

/** What of an evaluation a watcher would call a change: states of stages and hops, verdict; not the figures. */
export const shapeOf = ({ journey, verdict, state, findings }: Evaluation): string =>
  [
    verdict,
    state,
    ...journey.stages.map(
      (stage) => `${stage.stage}:${stage.state}:${stage.mirrors.map((mirror) => mirror.state).join()}`,
    ),
    ...journey.hops.map((hop) => `${hop.id}:${hop.state}`),
    ...findings.map((finding) => finding.code),
  ].join(' ')
