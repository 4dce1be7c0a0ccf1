import type { Secret } from '../../shared/secret.ts'

/** How one system is asked what status it shows for an order. */
export interface StatusApiSystem {
  /** Base address, `http://host:port` or with a path prefix. */
  readonly url: string
  /** Path of the question; `{order}` stands for the order id. */
  readonly path: string
  /** Field of the JSON answer that holds the status; dots lead inwards (`data.state`). */
  readonly status: string
  /**
   * Field that holds every status the order has had, as a list in order, where the system tells. Where the entries of the list are objects,
   * `[].` leads to the status in each (`history[].status`).
   */
  readonly history?: string
  /** Field that holds the order's external reference, by which an order of another's under our id is told apart; dots lead inwards. */
  readonly reference?: string
  /** Fields that hold named values of the order, by the contract's names for them; dots lead inwards. */
  readonly content?: Readonly<Record<string, string>>
  /** Sent with every question, such as `authorization`. */
  readonly headers?: Readonly<Record<string, Secret>>
  /** HTTP statuses that mean "I know no such order". Default: 404. */
  readonly notFound?: readonly number[]
}
