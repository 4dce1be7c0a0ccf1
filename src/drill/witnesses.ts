import type { Settings } from '../config/settings.ts'
import { RULES } from '../diagnosis/rules/list.ts'
import type { SourceName } from '../evidence/fact.ts'
import type { Row } from './row.ts'

/** Sources that can be taken away; the probe cannot, for without it there is no order. */
export const REMOVABLE = [
  'otlp',
  'rabbitmq',
  'status-api',
  'postgres',
  'storage',
  'page',
] as const satisfies readonly SourceName[]
export type Removable = (typeof REMOVABLE)[number]

/** The settings key of each source. */
const SETTING: Readonly<Record<Removable, string>> = {
  otlp: 'otlp',
  rabbitmq: 'rabbitmq',
  'status-api': 'statusApi',
  postgres: 'postgres',
  storage: 'storage',
  page: 'page',
}

/** The settings without one source. */
export const withoutSource = (settings: Settings, source: Removable): Settings => ({
  ...settings,
  [SETTING[source]]: null,
})

/** The sources that would testify under these settings. */
export const sourcesOf = (settings: Settings): ReadonlySet<SourceName> =>
  new Set<SourceName>([
    'probe',
    ...REMOVABLE.filter((source) => {
      const setting = Object.entries(settings).find(([name]) => name === SETTING[source])?.[1]
      return setting !== undefined && setting !== null
    }),
  ])

/** The drill itself waits for failed tries to be seen before it mends what makes them fail. */
export const canBePlayed = ({ mending }: Pick<Row, 'mending'>, left: ReadonlySet<SourceName>): boolean =>
  left.has('otlp') || mending === null || !('afterFailures' in mending)

/** Whether the sources that are left can prove the row, by what its rule declares. A row that expects nothing needs no proof. */
export function isProvable(
  { finding, provenBy }: Pick<Row, 'finding' | 'provenBy'>,
  left: ReadonlySet<SourceName>,
): boolean {
  if (finding === null) return true
  const sets = provenBy ?? RULES.filter(({ code }) => code === finding).flatMap((rule) => rule.provenBy)
  return sets.some((set) => set.every((source) => left.has(source)))
}
