import type { IRegularForbiddenRuleType } from 'dependency-cruiser'

/**
 * The arrows of the architecture, as data. What no rule forbids is allowed. Every rule carries an import that breaks it,
 * so that the check can prove on each run that the rule still bites.
 */

type Paths = string | string[]
/** File that imports, and what it imports, both as they would be written. */
type Breaks = readonly [from: string, target: string]

/** One forbidden kind of import: regular expressions over paths, as dependency-cruiser reads them. */
export interface LayerRule extends Required<Pick<IRegularForbiddenRuleType, 'name' | 'from' | 'to'>> {
  readonly why: string
  readonly breaks: Breaks
}

const under = (...folders: readonly string[]): string => `^src/(${folders.join('|')})/`

/** Files that only compute: same input, same answer. */
const PURE = [under('contract', 'journey', 'diagnosis'), '^src/evidence/[^/]+\\.ts$']
/** The first group is the adapter's name. */
const ADAPTER = '^src/evidence/([^/]+)/'
const CORE_OF_EVIDENCE = '^src/evidence/[^/]+\\.ts$'
/** Folders above the ladder contract, evidence, journey, diagnosis, which no rung of it may know. */
const ABOVE = [
  'report',
  'gate',
  'alert',
  'store',
  'app',
  'cli',
  'server',
  'config',
  'probe',
  'schedule',
  'drill',
  'sandbox',
  'embedded',
]
/** The one file by which the order system is started; everything else of it is met over the wire. */
const LAUNCHER = '^src/sandbox/launch\\.ts$'

const forbid = (name: string, why: string, from: Paths, to: Paths, breaks: Breaks): LayerRule => ({
  name,
  why,
  from: { path: from },
  to: { path: to },
  breaks,
})

/** A folder that may import nothing of Waybill but itself and the folders named. */
const only = (folder: string, allowed: readonly string[], breaks: Breaks): LayerRule => ({
  name: `${folder}-stands-on-${allowed.join('-and-') || 'nothing'}`,
  why: `src/${folder} may import ${allowed.map((name) => `src/${name}`).join(' and ') || 'nothing of Waybill'} beside itself.`,
  from: { path: under(folder) },
  to: { path: '^src/', pathNot: under(folder, ...allowed) },
  breaks,
})

/** Every arrow that must not exist. */
export const RULES: readonly LayerRule[] = [
  {
    name: 'no-cycles',
    why: 'Files that import each other in a ring cannot be read or loaded one by one.',
    from: { path: '^src/' },
    to: { circular: true },
    breaks: ['src/journey/ring-a.ts', './ring-b.ts'],
  },
  {
    name: 'leads-somewhere',
    why: 'An import that leads nowhere would hide an edge from every other rule.',
    from: { path: '^src/' },
    to: { couldNotResolve: true },
    breaks: ['src/app/nowhere.ts', './missing.ts'],
  },
  only('shared', [], ['src/shared/bad.ts', '../contract/target.ts']),
  only('embedded', ['shared'], ['src/embedded/bad.ts', '../evidence/target.ts']),
  only('sandbox', ['shared', 'embedded'], ['src/sandbox/mes/bad.ts', '../../contract/target.ts']),

  forbid(
    'contract-is-below-evidence',
    'The contract knows only shared.',
    under('contract'),
    under('evidence', 'journey', 'diagnosis', ...ABOVE),
    ['src/contract/bad.ts', '../evidence/target.ts'],
  ),
  forbid(
    'evidence-is-below-journey',
    'Evidence knows the contract and shared.',
    under('evidence'),
    under('journey', 'diagnosis', ...ABOVE),
    ['src/evidence/bad-core.ts', '../journey/target.ts'],
  ),
  forbid(
    'journey-is-below-diagnosis',
    'A journey is made of evidence.',
    under('journey'),
    under('diagnosis', ...ABOVE),
    ['src/journey/bad.ts', '../diagnosis/target.ts'],
  ),
  forbid(
    'diagnosis-is-below-shells',
    'A diagnosis is made of a journey; who shows or stores it is not its business.',
    under('diagnosis'),
    under(...ABOVE),
    ['src/diagnosis/bad.ts', '../report/target.ts'],
  ),
  forbid(
    'shells-compose-nothing',
    'Reports, gate, alerts and store are composed by app.',
    under('report', 'gate', 'alert', 'store'),
    under('app', 'cli', 'server', 'probe', 'drill', 'embedded'),
    ['src/report/bad.ts', '../app/target.ts'],
  ),
  forbid(
    'config-comes-first',
    'Configuration is read before anything is composed.',
    under('config'),
    under('app', 'cli', 'server', 'report', 'gate', 'alert', 'store', 'probe', 'drill', 'embedded'),
    ['src/config/bad.ts', '../store/target.ts'],
  ),
  forbid(
    'probe-talks-over-its-channel',
    'A probe reaches the monitor over the control channel only.',
    under('probe'),
    under('app', 'cli', 'server', 'report', 'gate', 'alert', 'store', 'drill'),
    ['src/probe/bad.ts', '../store/target.ts'],
  ),
  forbid(
    'app-knows-no-command',
    'Commands and servers know the application, never the other way round.',
    under('app', 'schedule', 'drill'),
    under('cli', 'server'),
    ['src/app/bad.ts', '../cli/target.ts'],
  ),

  {
    name: 'pure-touches-no-node',
    why: 'Pure code touches no file, no network, no process.',
    from: { path: PURE },
    to: { dependencyTypes: ['core'] },
    breaks: ['src/diagnosis/bad-node.ts', 'node:fs'],
  },
  {
    name: 'pure-uses-no-driver',
    why: 'Pure code uses no package but zod, which only checks shapes.',
    from: { path: PURE },
    to: { path: 'node_modules/', pathNot: 'node_modules/zod/' },
    breaks: ['src/journey/bad-driver.ts', 'pg'],
  },
  forbid('pure-has-no-clock', 'Time is a parameter of pure code.', PURE, '^src/shared/(clock|wait|release)\\.ts$', [
    'src/evidence/bad-clock.ts',
    '../shared/clock.ts',
  ]),

  forbid('core-knows-no-adapter', 'The core of evidence is below its adapters.', CORE_OF_EVIDENCE, ADAPTER, [
    'src/evidence/bad-adapter.ts',
    './otlp/target.ts',
  ]),
  {
    name: 'adapters-are-strangers',
    why: 'An adapter never imports another adapter.',
    from: { path: ADAPTER },
    to: { path: ADAPTER, pathNot: '^src/evidence/$1/' },
    breaks: ['src/evidence/status-api/bad.ts', '../otlp/target.ts'],
  },
  {
    name: 'only-app-knows-adapters',
    why: 'Only src/app puts adapters together; src/store implements the evidence log and knows that one.',
    from: { path: '^src/', pathNot: [under('app'), '^src/evidence/'] },
    to: { path: ADAPTER, pathNot: '^src/evidence/log/' },
    breaks: ['src/cli/bad-adapter.ts', '../evidence/otlp/target.ts'],
  },
  {
    name: 'order-system-is-met-over-the-wire',
    why: 'The monitor imports nothing of the order system but its launcher.',
    from: { path: '^src/', pathNot: under('sandbox') },
    to: { path: under('sandbox'), pathNot: LAUNCHER },
    breaks: ['src/drill/bad.ts', '../sandbox/mes/target.ts'],
  },
  {
    name: 'launcher-is-for-composition',
    why: 'Only app, cli and drill start the order system.',
    from: { path: '^src/', pathNot: under('sandbox', 'app', 'cli', 'drill') },
    to: { path: LAUNCHER },
    breaks: ['src/config/bad-launch.ts', '../sandbox/launch.ts'],
  },
]
