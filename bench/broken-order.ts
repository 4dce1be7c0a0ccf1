import type { Watched } from '../src/app/follow/watched.ts'
import type { Finding } from '../src/diagnosis/finding.ts'
import { dueAt } from '../src/drill/due.ts'
import { EXPECTATIONS } from '../src/drill/expectations.ts'
import { playStory } from '../src/drill/player.ts'
import { STORIES } from '../src/drill/stories.ts'
import type { Fact } from '../src/evidence/fact.ts'
import { WaybillError } from '../src/shared/errors.ts'
import { latest, type UnixNanos } from '../src/shared/units.ts'
import type { Session } from './session.ts'

/** When a break was first said; all times on the monitor's clock, which is the systems' here. */
export interface Said {
  readonly fault: string
  readonly saidAt: UnixNanos
  /** When the last of what proves it happened, by the clock of whoever told it. */
  readonly happenedAt: UnixNanos
  /** When the last of what proves it had come. */
  readonly seenAt: UnixNanos
  /** By the contract; null where its place has no deadline. */
  readonly dueAt: UnixNanos | null
}

/** People who act at once, on the reference system under its own names. */
export const AT_ONCE = { pause: async (): Promise<void> => {}, called: (name: string): string => name }

/** Plays one order with a fault of the sandbox; null when what the fault must cause was not found, or not at its place. */
export async function playBroken({ app, run }: Session, fault: string): Promise<Said | null> {
  const { sandbox, contract } = app
  const expected = EXPECTATIONS[fault]
  if (sandbox === null || expected === undefined)
    throw new WaybillError({ code: 'internal', message: `The bench cannot break ${fault}.` })
  let said: Said | null = null
  const onOrder = async (watched: Watched): Promise<void> => {
    await sandbox.faults.set(fault, { kind: 'order', reference: watched.order.key })
    watched.onChange(({ evaluation, decidedAt }) => {
      const finding = evaluation.findings.find(
        ({ code, handoff, stage }) => code === expected.finding && (handoff ?? stage) === expected.at,
      )
      if (said !== null || finding === undefined) return
      const due = dueAt(contract, evaluation.journey, expected.at)
      said = { fault, saidAt: decidedAt, dueAt: due, ...proofOf(finding, watched) }
    })
  }
  await run('shop-api', {
    browser: null,
    until: null,
    onOrder,
    play: (settings, folder) => playStory(STORIES.customer, AT_ONCE, 'bench', settings, folder),
  })
  return said
}

/** A proof that is no fact of the order (the state of a queue) counts from the time it tells of. */
function proofOf({ evidence, detectedAt }: Finding, watched: Watched): Pick<Said, 'happenedAt' | 'seenAt'> {
  const facts = new Map(watched.facts().map((fact) => [fact.id, fact]))
  const lastOf = (times: readonly UnixNanos[]): UnixNanos => {
    const [first, ...rest] = times
    return first === undefined ? detectedAt : rest.reduce(latest, first)
  }
  return {
    happenedAt: lastOf(evidence.map(({ ref, at }) => happenedBy(facts.get(ref)) ?? at)),
    seenAt: lastOf(evidence.map(({ ref, at }) => facts.get(ref)?.seenAt ?? at)),
  }
}

/** The broker's own events are known to lie in an interval: the beginning of it, so that no time is left out. */
const happenedBy = (fact: Fact | undefined): UnixNanos | undefined =>
  fact?.source === 'rabbitmq' ? fact.at.earliest : fact?.at.latest
