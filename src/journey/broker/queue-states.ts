import type { QueueSetup, QueueState } from '../../evidence/condition.ts'
import type { UnixNanos } from '../../shared/units.ts'
import type { View } from '../view.ts'

/** What a queue was told to hold at moments surely not before `from`, by time. */
export const statesSince = (view: View, queue: string, from: UnixNanos): readonly QueueState[] =>
  view.states('queue-state', queue).filter((state) => state.from >= from)

/** Nothing lies in the queue for anybody to take. */
export const isEmpty = ({ exists, ready }: QueueState): boolean => !exists || ready === 0

/** Nothing lies in the queue and nothing taken from it is unsettled. */
export const isSettled = (state: QueueState): boolean => isEmpty(state) && (!state.exists || state.unacknowledged === 0)

/** How the queue was set up at or after a moment, or as it was last known before. */
export const setupsFrom = (view: View, queue: string, from: UnixNanos): readonly QueueSetup[] => {
  const all = view.states('queue-setup', queue)
  const since = all.filter(({ to }) => to >= from)
  return since.length > 0 ? since : all.slice(-1)
}

/** Whether messages to an exchange under a key come straight into the queue: by the key itself, by a topic pattern, or whatever the key is. */
export const isBound = ({ bindings }: QueueSetup, exchange: string, key: string): boolean =>
  bindings.some((binding) => binding.exchange === exchange && (binding.key === '' || covers(binding.key, key)))

/** `*` stands for one word of a key, `#` for any number of them (AMQP 0-9-1, topic exchanges). */
function covers(pattern: string, key: string): boolean {
  const [word, ...others] = pattern.split('.')
  if (word === '#') {
    const words = key.split('.')
    return others.length === 0 || words.some((_, i) => covers(others.join('.'), words.slice(i).join('.')))
  }
  const [first, ...rest] = key.split('.')
  if (word !== '*' && word !== first) return false
  if (others.length === 0 || rest.length === 0) return others.length === rest.length || others.join('.') === '#'
  return covers(others.join('.'), rest.join('.'))
}
