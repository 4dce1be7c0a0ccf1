import { cruise } from 'dependency-cruiser'
import { RULES } from './rules.mjs'

/**
 * Reads every import below `folder`/src and says which rules it breaks. The swc parser is named because the default one
 * sees no TypeScript modules at all under TypeScript 7, and says that all is well.
 */
export async function cruiseLayers(folder) {
  const { output } = await cruise(['src'], {
    baseDir: folder,
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'default'],
    },
    validate: true,
    ruleSet: {
      forbidden: RULES.map(({ name, why, from, to }) => ({ name, comment: why, severity: 'error', from, to })),
    },
  })
  return {
    modules: output.summary.totalCruised,
    edges: output.summary.totalDependenciesCruised,
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  }
}
