import type { Measurement } from './bench.ts'
import { bigJourney } from './big-journey.ts'
import { costOfWatching } from './cost-of-watching.ts'
import { explicitBreak } from './explicit-break.ts'
import { hopLatency } from './hop-latency.ts'
import { memoryAtRest } from './memory.ts'
import { otlpIntake } from './otlp-intake.ts'
import { silence } from './silence.ts'
import { tapCost } from './tap-cost.ts'
import { tickToPlaced } from './tick-to-placed.ts'
import { verdictLatency } from './verdict-latency.ts'

/** In order of measuring: what wants this process or this machine for itself comes before the order system that stays up to the end. */
export const MEASUREMENTS: readonly Measurement[] = [
  otlpIntake,
  bigJourney,
  memoryAtRest,
  tapCost,
  costOfWatching,
  hopLatency,
  verdictLatency,
  explicitBreak,
  silence,
  tickToPlaced,
]
