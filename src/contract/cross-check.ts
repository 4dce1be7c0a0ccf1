import { parseDuration } from '../shared/units.ts'
import type { Contract, FlowSpec, HandoffSpec, PathStep, StageSpec } from './contract.ts'
import type { Mistake } from './mistakes.ts'
import { ROUTE } from './schema.ts'

type Section = 'systems' | 'stages' | 'handoffs' | 'flows'

/** The parts of a contract that refer to each other. */
type ContractParts = Pick<Contract, Section | 'rows' | 'views'>

/**
 * What is checked: the entries that are well formed, and the names of all entries, so that a stage with a mistake of its
 * own does not also count as missing wherever it is used.
 */
export interface Checked extends ContractParts {
  readonly names: Readonly<Record<Section, Readonly<Record<string, unknown>>>>
}

const known = (all: Readonly<Record<string, unknown>>, what: string): string => {
  const keys = Object.keys(all)
  return keys.length === 0 ? `a ${what}, of which there are none` : `one of the ${what}s ${keys.join(', ')}`
}

const missing = (
  path: string,
  value: string,
  all: Readonly<Record<string, unknown>>,
  what: string,
): readonly Mistake[] =>
  Object.hasOwn(all, value) ? [] : [{ path, expected: known(all, what), found: JSON.stringify(value) }]

const checkStage = (contract: Checked, path: string, stage: Partial<StageSpec>): readonly Mistake[] => {
  const mistakes = [
    ...(stage.owner === undefined ? [] : missing(`${path}.owner`, stage.owner, contract.names.systems, 'system')),
    ...(stage.mirrors ?? []).flatMap((mirror, index) =>
      missing(`${path}.mirrors[${index}]`, mirror, contract.names.systems, 'system'),
    ),
  ]
  const warn = stage.warn === undefined ? undefined : parseDuration(stage.warn)
  const within = stage.within === undefined ? undefined : parseDuration(stage.within)
  if (warn !== undefined && within !== undefined && warn >= within) {
    mistakes.push({ path: `${path}.warn`, expected: `less than within (${stage.within})`, found: `"${stage.warn}"` })
  }
  return mistakes
}

const perStatus = (handoff: HandoffSpec): Readonly<Record<string, string | Readonly<Record<string, string>>>> => {
  if (handoff.kind === 'queue') return { key: handoff.key }
  if (handoff.kind === 'http' || handoff.kind === 'person') return { route: handoff.route }
  return {}
}

const checkRoutes = (path: string, handoff: HandoffSpec): readonly Mistake[] => {
  if (handoff.kind !== 'http' && handoff.kind !== 'person') return []
  const routes = typeof handoff.route === 'string' ? { '': handoff.route } : handoff.route
  return Object.entries(routes)
    .filter(([, route]) => !ROUTE.test(route))
    .map(([status, route]) => ({
      path: `${path}.route${status === '' ? '' : `.${status}`}`,
      expected: 'a method and a path such as "POST /api/orders/{order}"',
      found: JSON.stringify(route),
    }))
}

const checkHandoff = (contract: Checked, id: string, handoff: HandoffSpec): readonly Mistake[] => {
  const path = `handoffs.${id}`
  const carries = handoff.carries ?? []
  const statuses = Object.entries(perStatus(handoff)).flatMap(([field, value]) => {
    if (typeof value === 'string') return []
    const unnamed = carries.filter((status) => !Object.hasOwn(value, status))
    return [
      ...Object.keys(value).flatMap((status) =>
        missing(`${path}.${field}.${status}`, status, contract.names.stages, 'stage'),
      ),
      ...unnamed.map((status) => ({
        path: `${path}.${field}.${status}`,
        expected: `a ${field} for this status`,
        found: 'nothing',
      })),
    ]
  })
  // A person or a customer outside is no system of the contract: `from` may be a role.
  const from =
    handoff.kind === 'http' || handoff.kind === 'person'
      ? []
      : missing(`${path}.from`, handoff.from, contract.names.systems, 'system')
  return [
    ...from,
    ...missing(`${path}.to`, handoff.to, contract.names.systems, 'system'),
    ...carries.flatMap((status, index) => missing(`${path}.carries[${index}]`, status, contract.names.stages, 'stage')),
    ...statuses,
    ...checkRoutes(path, handoff),
  ]
}

const checkStep = (contract: Checked, path: string, step: PathStep): readonly Mistake[] => {
  if ('stage' in step) return missing(`${path}.stage`, step.stage, contract.names.stages, 'stage')
  const unknown = missing(`${path}.handoff`, step.handoff, contract.names.handoffs, 'hand-off')
  const carries = contract.handoffs[step.handoff]?.carries ?? []
  if (step.status === undefined) {
    const ambiguous = carries.length > 1
    return ambiguous
      ? [...unknown, { path: `${path}.status`, expected: `one of ${carries.join(', ')}`, found: 'nothing' }]
      : unknown
  }
  const carried = carries.length === 0 || carries.includes(step.status)
  return [
    ...unknown,
    ...missing(`${path}.status`, step.status, contract.names.stages, 'stage'),
    ...(carried
      ? []
      : [{ path: `${path}.status`, expected: `one of ${carries.join(', ')}`, found: JSON.stringify(step.status) }]),
  ]
}

const checkFlow = (contract: Checked, id: string, flow: FlowSpec): readonly Mistake[] => {
  const path = `flows.${id}`
  const stages = flow.path.flatMap((step) => ('stage' in step ? [step.stage] : []))
  const twice = stages.filter((stage, index) => stages.indexOf(stage) !== index)
  const overrides = Object.entries(flow.stages ?? {}).flatMap(([stage, override]) => [
    ...missing(`${path}.stages.${stage}`, stage, contract.names.stages, 'stage'),
    ...checkStage(contract, `${path}.stages.${stage}`, override),
  ])
  return [
    ...overrides,
    ...missing(`${path}.bornIn`, flow.bornIn, contract.names.systems, 'system'),
    ...flow.path.flatMap((step, index) => checkStep(contract, `${path}.path[${index}]`, step)),
    ...twice.map((stage) => ({ path: `${path}.path`, expected: 'each stage once', found: `${stage} twice` })),
    ...(stages.length === 0 ? [{ path: `${path}.path`, expected: 'at least one stage', found: 'none' }] : []),
  ]
}

const checkRows = (contract: Checked): readonly Mistake[] =>
  Object.entries(contract.rows ?? {}).flatMap(([system, row]) => [
    ...missing('rows', system, contract.names.systems, 'system'),
    ...missing(`rows.${system}.database`, row.database, contract.names.systems, 'system'),
    ...(row.alsoShownBy ?? []).flatMap((other, index) =>
      missing(`rows.${system}.alsoShownBy[${index}]`, other, contract.names.systems, 'system'),
    ),
  ])

const checkViews = (contract: Checked): readonly Mistake[] =>
  Object.entries(contract.views ?? {}).flatMap(([view, spec]) => [
    ...missing(`views.${view}.system`, spec.system, contract.names.systems, 'system'),
    ...missing(`views.${view}.handoff`, spec.handoff, contract.names.handoffs, 'hand-off'),
    ...missing(`views.${view}.shows`, spec.shows, contract.names.stages, 'stage'),
    ...(spec.until === undefined ? [] : missing(`views.${view}.until`, spec.until, contract.names.stages, 'stage')),
  ])

const checkEmpty = (contract: Checked): readonly Mistake[] =>
  (['systems', 'stages', 'flows'] as const)
    .filter((part) => Object.keys(contract.names[part]).length === 0)
    .map((part) => ({ path: part, expected: 'at least one', found: 'none' }))

/** What a schema cannot say: names that are used exist, and belong together. */
export const crossCheck = (contract: Checked): readonly Mistake[] => [
  ...checkEmpty(contract),
  ...Object.entries(contract.stages).flatMap(([id, stage]) => checkStage(contract, `stages.${id}`, stage)),
  ...Object.entries(contract.handoffs).flatMap(([id, handoff]) => checkHandoff(contract, id, handoff)),
  ...Object.entries(contract.flows).flatMap(([id, flow]) => checkFlow(contract, id, flow)),
  ...checkRows(contract),
  ...checkViews(contract),
]
