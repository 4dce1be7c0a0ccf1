/** `METHOD /path/{parameter}` of the contract, ready to be compared with what a span or a request says. */
export interface RouteMatcher {
  matches(method: string, path: string | null, route?: string | null): boolean
}

const PARAMETER = /\{[^}/]+\}|:[^/]+|<[^>/]+>/g
const escapeText = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** ASP.NET tells its routes without the first slash, some frameworks with a last one. */
const templateOf = (route: string): string => `/${route.replace(PARAMETER, '{}').replace(/^\/|\/$/g, '')}`

/** By path, or by the route template whatever its parameters are called: behind a proxy the path may have another beginning. */
export function createRouteMatcher(spec: string): RouteMatcher {
  const [wantedMethod = '', wantedPath = ''] = spec.split(/\s+/, 2)
  const pattern = new RegExp(`^${wantedPath.split(PARAMETER).map(escapeText).join('[^/]+')}/?$`)
  const template = templateOf(wantedPath)
  return {
    matches(method, path, route = null) {
      if (method.toUpperCase() !== wantedMethod.toUpperCase()) return false
      return (path !== null && pattern.test(path)) || (route !== null && templateOf(route) === template)
    },
  }
}
