/** An answer the caller can act on: 400 a wrong body, 404 unknown, 409 a business refusal, 413 too large. */
export class Refusal extends Error {
  readonly statusCode: number

  constructor(statusCode: 400 | 404 | 409 | 413 | 415, message: string) {
    super(message)
    this.name = 'Refusal'
    this.statusCode = statusCode
  }
}

export const unknownOrder = (orderId: string): Refusal => new Refusal(404, `There is no order ${orderId}.`)
