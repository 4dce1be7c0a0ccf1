import { type Fixtures, test } from './fixtures.ts'
import { FLOW_ANNOTATION, PAGE_ANNOTATION, UNTIL_ANNOTATION } from './names.ts'

type Everything = Parameters<Parameters<typeof test>[2]>[0]

/** Everything a story may ask for by name: its order, its people, and what Playwright Test offers (`page`, …). */
export type ProbeCast = Omit<Everything, 'story'>

/** What a probe says of itself. */
export interface ProbeOptions {
  /** The flow of the contract the order follows. */
  readonly flow: string
  /** The last stage this probe asks for; what the run asks for comes first. */
  readonly until?: string
}

/**
 * A probe: places one order and plays the people's parts. The story names the people and things it needs in its first
 * parameter (`{ page, model, order, customer, … }`) and reads like what it plays.
 */
export function probe(title: string, options: ProbeOptions, body: (cast: ProbeCast) => Promise<void>): void {
  const play = (everything: ProbeCast & Pick<Fixtures, 'story'>) => everything.story.play(() => body(everything))
  // Playwright learns from a function's text which fixtures to make; without this every story would open a page.
  const text = withStory(body.toString())
  Object.defineProperty(play, 'toString', { value: () => text })

  const annotation = [{ type: FLOW_ANNOTATION, description: options.flow }]
  if (asksForPage(text)) annotation.push({ type: PAGE_ANNOTATION, description: 'page' })
  if (options.until !== undefined) annotation.push({ type: UNTIL_ANNOTATION, description: options.until })
  test(title, { annotation }, play)
}

/** Whether the names it asks for are among those that open a browser. */
const asksForPage = (text: string): boolean =>
  /\b(page|context|browser)\b/.test(/^[^{]*\{([^}]*)\}/.exec(text)?.[1] ?? '')

/** The function's text with `story` among the fixtures it asks for. */
function withStory(text: string): string {
  const [head = ''] = /^\s*(?:async\s*)?(?:function\s*\w*\s*)?\(/.exec(text) ?? []
  const rest = text.slice(head.length).trimStart()
  if (rest.startsWith('{')) return `${head}{ story, ${rest.slice(1)}`
  return rest.startsWith(')') ? `${head}{ story }${rest}` : text
}
