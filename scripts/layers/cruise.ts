import { cruise } from 'dependency-cruiser'
import { RULES } from './rules.ts'

export interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
}

export interface Cruise {
  readonly modules: number
  readonly edges: number
  readonly violations: readonly Violation[]
}

/**
 * Reads every import below `folder`/src and says which rules it breaks. The swc parser is named because the default one
 * sees no TypeScript modules at all under TypeScript 7, and says that all is well.
 */
export async function cruiseLayers(folder: string): Promise<Cruise> {
  const { output } = await cruise(['src'], {
    baseDir: folder,
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.d.ts', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
    },
    validate: true,
    ruleSet: {
      forbidden: RULES.map(({ name, why, from, to }) => ({ name, comment: why, severity: 'error', from, to })),
    },
  })
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text: ${output}`)
  return {
    modules: output.summary.totalCruised,
    edges: output.summary.totalDependenciesCruised ?? 0,
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  }
}
