import type {
  Contract,
  HttpHandoff,
  PathStep,
  PersonHandoff,
  QueueHandoff,
  SharedDatabaseHandoff,
  StorageHandoff,
} from './contract.ts'

export type { Contract } from './contract.ts'

/** A contract as a user writes it, completed and checked by the editor; `parseContract` checks it again when it is loaded. */
export const contract = (it: Contract): Contract => it

/** An order passes as a message through a queue. */
export const queue = (it: Omit<QueueHandoff, 'kind'>): QueueHandoff => ({ kind: 'queue', ...it })

/** An order passes as a request from one party to a system. */
export const http = (it: Omit<HttpHandoff, 'kind'>): HttpHandoff => ({ kind: 'http', ...it })

/** A person moves the order on, through a system's page or API. */
export const person = (it: Omit<PersonHandoff, 'kind'>): PersonHandoff => ({ kind: 'person', ...it })

/** One system writes a row that another reads. */
export const sharedDatabase = (it: Omit<SharedDatabaseHandoff, 'kind'>): SharedDatabaseHandoff => ({
  kind: 'shared-database',
  ...it,
})

/** A file is put into storage or fetched from it. */
export const storage = (it: Omit<StorageHandoff, 'kind'>): StorageHandoff => ({ kind: 'storage', ...it })

/** A step of the path: the stage is reached. */
export const stage = (id: string): PathStep => ({ stage: id })

/** A step of the path: the hand-off is crossed, carrying `status` when it carries several. */
export const crossing = (handoff: string, status?: string): PathStep =>
  status === undefined ? { handoff } : { handoff, status }

/** A crossing that carries news to a mirror and that the order does not wait for. */
export const branch = (handoff: string, status?: string): PathStep => ({ ...crossing(handoff, status), branch: true })
