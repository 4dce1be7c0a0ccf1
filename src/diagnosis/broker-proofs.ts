import type { QueueState } from '../evidence/condition.ts'
import type { Death, MessageDeadLettered, MessageFact } from '../evidence/fact.ts'
import type { Proof } from './finding.ts'

/** What the broker told of a message, as proof. */
export const proofOfMessage = (fact: MessageFact): Proof => ({
  source: fact.source,
  at: fact.at.latest,
  what: whatOf(fact),
  ref: fact.id,
})

function whatOf(fact: MessageFact): string {
  const id = fact.messageId === null ? '' : ` ${fact.messageId}`
  switch (fact.kind) {
    case 'message-published':
      return `message${id} published to exchange "${fact.exchange}" with key "${fact.routingKey}", ${fact.queues.length === 0 ? 'routed to no queue' : `routed to ${fact.queues.join(', ')}`}`
    case 'message-delivered':
      return `message${id} handed to a consumer of ${fact.queue}${fact.redelivered ? ', redelivered' : ''}`
    case 'message-dead-lettered':
      return `message${id} dead-lettered to ${fact.queues.length === 0 ? 'no queue' : fact.queues.join(', ')}${deathsInWords(fact)}`
  }
}

const deathsInWords = ({ deaths }: MessageDeadLettered): string =>
  deaths.length === 0 ? '' : `, x-death: ${deaths.map(deathInWords).join('; ')}`

const deathInWords = ({ reason, queue, count }: Death): string =>
  `${reason} ${count === 1 ? 'once' : `${count} times`} from ${queue}`

/** What a queue held, as proof, at the end of the interval it was told for. */
export const proofOfState = (state: QueueState): Proof => ({
  source: state.source,
  at: state.to,
  what: stateInWords(state),
  ref: state.id,
})

function stateInWords({ subject, exists, ready, unacknowledged, consumers }: QueueState): string {
  if (!exists) return `there is no queue ${subject}`
  const parts = [
    ...(ready === null ? [] : [`${ready} ready`]),
    ...(unacknowledged === null ? [] : [`${unacknowledged} unacknowledged`]),
    ...(consumers === null
      ? []
      : [consumers === 0 ? 'no consumer' : `${consumers} consumer${consumers === 1 ? '' : 's'}`]),
  ]
  return `queue ${subject}: ${parts.join(', ')}`
}
