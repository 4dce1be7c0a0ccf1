/** An export request that breaks the protocol as a whole; answered with 400 or `INVALID_ARGUMENT`, and nothing of it is taken. */
export class MalformedExport extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MalformedExport'
  }
}
