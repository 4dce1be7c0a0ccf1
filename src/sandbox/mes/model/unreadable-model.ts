/** A file that is no model, is cut off, or holds what no machine can make. Its message is a plain sentence for the order's owner. */
export class UnreadableModel extends Error {
  constructor(sentence: string) {
    super(sentence)
    this.name = 'UnreadableModel'
  }
}
