/** `METHOD /path/{parameter}` of the contract, ready to be compared with what a span or a request says. */
export interface RouteMatcher {
  matches(method: string, path: string | null, route?: string | null): boolean
}

const PARAMETER = /\{[^}/]+\}|:[^/]+|<[^>/]+>/g
const escapeText = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Compares by path where the span tells it, else by its route template whatever the parameters are called. */
export function createRouteMatcher(spec: string): RouteMatcher {
  const [wantedMethod = '', wantedPath = ''] = spec.split(/\s+/, 2)
  const pattern = new RegExp(`^${wantedPath.split(PARAMETER).map(escapeText).join('[^/]+')}/?$`)
  const template = wantedPath.replace(PARAMETER, '{}')
  return {
    matches(method, path, route = null) {
      if (method.toUpperCase() !== wantedMethod.toUpperCase()) return false
      if (path !== null) return pattern.test(path)
      return route !== null && route.replace(PARAMETER, '{}') === template
    },
  }
}
