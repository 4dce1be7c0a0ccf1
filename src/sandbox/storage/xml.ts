/** A small tree that becomes XML: text, a list of equal elements, or named children in order. */
type XmlValue = string | number | boolean | readonly XmlNode[]

/** One element and its content. */
export type XmlNode = readonly [name: string, value: XmlValue]

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A document with S3's namespace on its root. */
export const xmlDocument = (root: string, children: readonly XmlNode[]): string =>
  `${HEAD}<${root} xmlns="${NAMESPACE}">${children.map(element).join('')}</${root}>`

/** The document of an error, which has no namespace. */
export const xmlError = (children: readonly XmlNode[]): string =>
  `${HEAD}<Error>${children.map(element).join('')}</Error>`

function element([name, value]: XmlNode): string {
  const content = typeof value === 'object' ? value.map(element).join('') : escapeText(String(value))
  return `<${name}>${content}</${name}>`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Most control characters are forbidden in XML even as references, so they become a replacement character. */
const escapeText = (text: string): string =>
  text
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
    .replace(/\p{Cc}/gu, (character) => (character < ' ' && !'\t\n\r'.includes(character) ? '\uFFFD' : character))

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The contents of every `<name>` in a request body, in order. Only what S3 clients send: no attributes that matter, no nesting in itself. */
export const contentsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([^]*?)</${name}>`, 'g'))].map((match) => match[1] ?? '')

/** The text of the first `<name>`, entities resolved. */
export const textOf = (xml: string, name: string): string | undefined => {
  const content = contentsOf(xml, name)[0]
  return content?.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, entity) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (hex === undefined && decimal === undefined) return ENTITIES[entity] ?? whole
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole
  })
}
