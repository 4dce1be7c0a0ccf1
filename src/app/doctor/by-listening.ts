import { isInstrumented } from '../../journey/vouch.ts'
import { delay } from '../../shared/wait.ts'
import type { App } from '../start.ts'
import type { Check, ExamineOptions } from './check.ts'
import { missingAttributes } from './telemetry.ts'

const LOOK_MS = 100

/** Listens to what the systems tell of the orders that pass by, placing nothing. */
export async function checkByListening(
  app: App,
  { signal, say, listenMs }: Required<ExamineOptions>,
): Promise<readonly Check[]> {
  const { contract, follower, sample } = app
  const expected = Object.entries(contract.systems).filter(([system]) => isInstrumented(contract, system))
  const spans = () => [...(sample?.spans().values() ?? [])].flat()
  const silent = () => {
    const told = spans()
    return expected.filter(([, { services }]) => !told.some(({ service }) => services.includes(service)))
  }
  say(`Listening ${listenMs / 1000} s for spans of orders from ${expected.map(([name]) => name).join(', ')}.`)
  const until = performance.now() + listenMs
  while (silent().length > 0 && performance.now() < until) await delay(LOOK_MS, signal)
  return missingAttributes(contract, spans(), (system) => {
    const heard = contract.systems[system]?.services.some((service) => follower.heard().has(service)) === true
    const detail = heard
      ? `spans arrive, none of an order in ${listenMs / 1000} s: place one, or see whether ${contract.recognise.span.order.join(' or ')} is missing`
      : `no span in ${listenMs / 1000} s; an idle system tells nothing`
    return { state: 'unknown', detail }
  })
}
