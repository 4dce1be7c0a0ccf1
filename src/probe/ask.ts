import type { Acts } from '../config/people.ts'
import { plantedIn } from '../evidence/planted.ts'
import { fillDocument, fillText, type Values } from './fill.ts'
import type { Session } from './session.ts'
import { fieldOf, takeStep } from './step.ts'
import type { Role } from './workplaces.ts'

/** An act by person and what they do. */
export type ActName = keyof Acts

/** What only this time stands in the request. */
export interface Asking {
  readonly values?: Values
  /** The file that is sent instead of a document. */
  readonly file?: Blob
  readonly timeoutMs?: number
}

const JSON_TYPE = { 'content-type': 'application/json' } as const

/** What the placeholders of any act of this story stand for. */
function valuesOf(session: Session): Values {
  const { marks } = session.settings
  const { key, externalReference } = session.grant
  const { name, email, phone } = plantedIn(key)
  return {
    key,
    reference: externalReference,
    folder: marks.storagePrefix,
    'customer.id': customerId(session),
    'customer.name': name,
    'customer.email': email,
    'customer.phone': phone,
    'partner.id': partnerId(marks.customerPrefix),
    ...(session.orderId === null ? {} : { order: session.orderId }),
  }
}

/** Under which name the customer of the story is known. */
export const customerId = ({ settings: { marks }, grant }: Pick<Session, 'settings' | 'grant'>): string =>
  `${marks.customerPrefix}${grant.key}`

/** Under which name the partner of all stories is known. */
export const partnerId = (prefix: string): string => `${prefix}partner`

/** Asks for one act as the settings say, as a step of its own; answers with the order's id where the act places an order, else with an empty text. */
export async function ask(session: Session, by: Role, name: ActName, asking: Asking = {}): Promise<string> {
  const { system, method, path, headers, body, id } = session.settings.acts[name]
  const { file, timeoutMs } = asking
  const values = { ...valuesOf(session), ...asking.values }
  if (path.includes('{order}') && session.orderId === null) throw new Error('The order has no id before it is placed.')
  const inPath = { ...values, order: encodeURIComponent(session.orderId ?? '') }
  const document = body === undefined ? undefined : JSON.stringify(fillDocument(body, values))
  const sent = file ?? document
  const answer = await takeStep(session, by, name.slice(by.length + 1), (send) =>
    send({
      system,
      method,
      path: fillText(path, inPath),
      headers: {
        ...(document === undefined ? {} : JSON_TYPE),
        ...Object.fromEntries(Object.entries(headers).map(([header, text]) => [header, fillText(text, values)])),
      },
      ...(sent === undefined ? {} : { body: sent }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }),
  )
  return id === undefined ? '' : fieldOf(answer, id, system)
}
