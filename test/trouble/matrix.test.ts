import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/app/sandbox-process.ts'
import { EXPECTATIONS } from '../../src/drill/expectations.ts'
import type { VerdictDocument } from '../../src/report/verdict-schema.ts'
import { type Monitor, startMonitor, type Witness } from './monitor.ts'
import { type SpanRelay, startRelay } from './span-relay.ts'
import type { Manner } from './troubled-way.ts'

/** One kind of trouble: which witnesses, how they behave, and from when on. `back`: mended a second later. */
interface Trouble {
  readonly of: readonly Witness[]
  readonly manner: Manner
  readonly from: 'before' | 'mid-order'
  readonly back?: true
}

const nameOf = ({ of, manner, from, back }: Trouble): string =>
  `${of.join(' and ')}: ${manner}, ${from}${back === true ? ', then back' : ''}`

/** One of each manner and of each witness, two at once among them, side by side. */
const USUAL: readonly Trouble[] = [
  { of: ['status'], manner: 'html', from: 'before' },
  { of: ['postgres'], manner: 'silent', from: 'mid-order' },
  { of: ['storage', 'management'], manner: 'wrong-json', from: 'before' },
  { of: ['amqp'], manner: 'refuses', from: 'mid-order', back: true },
  { of: ['status', 'postgres'], manner: 'slow', from: 'before' },
  { of: ['amqp', 'postgres'], manner: 'rubbish', from: 'before' },
]

const LIES: readonly Manner[] = ['html', 'wrong-json', 'endless']
const PLAIN: readonly Manner[] = ['refuses', 'silent', 'slow', 'rubbish']

/** Every witness in every manner, and every two witnesses gone together: half an hour's work, when asked for. */
const every = (): readonly Trouble[] => {
  const http: readonly Witness[] = ['status', 'storage', 'management']
  const all: readonly Witness[] = ['spans', 'postgres', 'amqp', ...http]
  const single = all.flatMap((witness) =>
    [...PLAIN, ...(http.includes(witness) ? LIES : [])].flatMap((manner): Trouble[] => [
      { of: [witness], manner, from: 'before' },
      { of: [witness], manner, from: 'mid-order' },
      { of: [witness], manner, from: 'mid-order', back: true },
    ]),
  )
  const pairs = all.flatMap((one, index) =>
    all.slice(index + 1).map((other): Trouble => ({ of: [one, other], manner: 'refuses', from: 'mid-order' })),
  )
  return [...single, ...pairs]
}

const TROUBLES = process.env.WAYBILL_TROUBLE === 'all' ? every() : USUAL
const AT_ONCE = 6
const BREAK = 'mes-rejects'
const STAGE_BEHIND = 'PRICE_CALCULATED'
const BACK_MS = 1_000
const ROUND_MS = 90_000

let sandbox: Sandbox
let relay: SpanRelay
const monitors: Monitor[] = []

beforeAll(async () => {
  relay = await startRelay()
  sandbox = await startSandbox({ speed: 'fast', otlp: { url: relay.url, token: null } })
  for (let count = 0; count < Math.min(AT_ONCE, TROUBLES.length); count++)
    monitors.push(await startMonitor(sandbox, relay))
}, 180_000)

afterAll(async () => {
  await Promise.all(monitors.map((monitor) => monitor.stop()))
  await sandbox?.stop()
  await relay?.stop()
}, 60_000)

const begin = async ({ ways }: Monitor, { of, manner, back }: Trouble): Promise<void> => {
  const troubled = of.flatMap((witness) => ways[witness])
  await Promise.all(troubled.map((way) => way.be(manner)))
  if (back === true) setTimeout(() => troubled.forEach((way) => void way.be('open')), BACK_MS)
}

const told = ({ verdict, findings, reason }: VerdictDocument) => ({
  verdict,
  reason,
  findings: findings.map(({ code, handoff, stage, severity }) => `${severity} ${code} at ${handoff ?? stage}`),
})

/** A healthy and a broken order of one monitor, while its witnesses are in trouble. */
const playBoth = async (monitor: Monitor, trouble: Trouble) => {
  let begun: Promise<void> | undefined
  const beginOnce = () => (begun ??= begin(monitor, trouble))
  const beforeAct = async (stage: string) => {
    if (trouble.from === 'mid-order' && stage === 'FILE_UPLOADED') await beginOnce()
  }
  if (trouble.from === 'before') await beginOnce()
  const [healthy, broken] = await Promise.all([monitor.play(null, beforeAct), monitor.play(BREAK, beforeAct)])
  for (const way of Object.values(monitor.ways).flat()) await way.be('open')
  return { healthy, broken }
}

describe('a witness in trouble', () => {
  for (let at = 0; at < TROUBLES.length; at += AT_ONCE) {
    const round = TROUBLES.slice(at, at + AT_ONCE)
    it(`makes no healthy order broken and moves no break elsewhere, kinds ${at + 1} to ${at + round.length} side by side`, {
      timeout: ROUND_MS,
    }, async () => {
      const judged = await Promise.all(
        round.map(async (trouble, index) => {
          const monitor = monitors[index]
          if (monitor === undefined) throw new Error('A monitor is missing.')
          return { trouble, ...(await playBoth(monitor, trouble)) }
        }),
      )
      if (process.env.WAYBILL_TROUBLE_SHOW !== undefined)
        for (const { trouble, healthy, broken } of judged)
          process.stderr.write(`${JSON.stringify([nameOf(trouble), told(healthy), told(broken)])}\n`)
      const wrong = judged.flatMap(({ trouble, healthy, broken }) => [
        ...(isUnbroken(healthy) ? [] : [{ order: 'healthy', of: nameOf(trouble), ...told(healthy) }]),
        ...(isRight(broken) ? [] : [{ order: 'broken', of: nameOf(trouble), ...told(broken) }]),
      ])
      expect(wrong).toEqual([])
    })
  }
})

/** Nothing is said against the order, nor against the probe, which played its story to the end. */
const isUnbroken = ({ verdict, findings }: VerdictDocument): boolean =>
  (verdict === 'passed' || verdict === 'inconclusive') && !findings.some(({ code }) => code === 'probe-failed')

/** The break at its place; without the broker's word the stage behind it is less precise, and right. */
const isRight = ({ verdict, findings }: VerdictDocument): boolean => {
  if (verdict === 'inconclusive') return true
  const [first] = findings.filter(({ severity }) => severity === 'broken')
  if (verdict !== 'broken' || first === undefined) return false
  if (first.handoff === null) return first.stage === STAGE_BEHIND
  const codes: readonly unknown[] = [EXPECTATIONS[BREAK]?.finding, 'stage-overdue']
  return codes.includes(first.code) && first.handoff === EXPECTATIONS[BREAK]?.at
}
