import { UnreadableModel } from './unreadable-model.ts'

const LONGEST_TAG = 65_536
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/** One tag of an XML text: `name` without its prefix. */
export interface Tag {
  readonly name: string
  readonly closes: boolean
  /** The value of an attribute by its local name. */
  attribute(name: string): string | undefined
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  ATTRIBUTE.lastIndex = 0
  for (let found = ATTRIBUTE.exec(text); found !== null; found = ATTRIBUTE.exec(text)) {
    attributes.set(localName(found[1] ?? ''), found[2] ?? found[3] ?? '')
  }
  return attributes
}

function tagOf(text: string): Tag {
  const closes = text.startsWith('/')
  const body = closes ? text.slice(1) : text
  const end = body.search(/[\s/]/)
  let attributes: Map<string, string> | undefined
  return {
    name: localName(end === -1 ? body : body.slice(0, end)),
    closes,
    attribute: (wanted) => {
      attributes ??= attributesOf(body)
      return attributes.get(wanted)
    },
  }
}

/** Reads XML piece by piece and hands over its tags; text between them is of no interest here. A document type is refused. */
export function createTagReader(take: (tag: Tag) => void): { push(bytes: Uint8Array): void; end(): void } {
  const decoder = new TextDecoder('utf-8')
  let rest = ''

  const closeOf = (from: number): number => {
    if (rest.startsWith('<!--', from)) return endAfter('-->', from)
    if (rest.startsWith('<?', from)) return endAfter('?>', from)
    if (rest.startsWith('<![CDATA[', from)) return endAfter(']]>', from)
    return endAfter('>', from)
  }
  const endAfter = (mark: string, from: number): number => {
    const found = rest.indexOf(mark, from)
    return found === -1 ? -1 : found + mark.length
  }

  const readTags = (): void => {
    let at = 0
    for (let open = rest.indexOf('<'); open !== -1; open = rest.indexOf('<', at)) {
      const close = rest.length - open < '<![CDATA['.length ? -1 : closeOf(open)
      if (close === -1) {
        rest = rest.slice(open)
        if (rest.length > LONGEST_TAG) throw new UnreadableModel('The 3MF model has a tag longer than 64 KB.')
        return
      }
      if (rest.startsWith('<!DOCTYPE', open))
        throw new UnreadableModel('The 3MF model has a document type, which its format forbids.')
      const first = rest[open + 1]
      if (first !== '!' && first !== '?') take(tagOf(rest.slice(open + 1, close - 1)))
      at = close
    }
    rest = ''
  }

  return {
    push: (bytes) => {
      rest += decoder.decode(bytes, { stream: true })
      readTags()
    },
    end: () => {
      // Spaces, so that a short last tag is long enough to be told from a comment.
      rest += `${decoder.decode()}         `
      readTags()
      if (rest.trim() !== '') throw new UnreadableModel('The 3MF model is cut off within a tag.')
    },
  }
}
