import { jewelry, type Pace } from '../../probes/jewelry.contract.ts'
import type { Contract } from '../../src/contract/contract.ts'

/** The jewelry contract without what it asks of every span: the spans of synthetic worlds carry the order's names and statuses, and no more. */
export function jewelryToldBriefly(pace: Pace): Contract {
  const contract = jewelry(pace)
  return {
    ...contract,
    recognise: { ...contract.recognise, mark: [] },
    telemetry: { ...contract.telemetry, serverSpansCarry: [], errorSpansCarry: [], fileSpansCarry: [] },
    everySpanCarries: [],
  }
}
