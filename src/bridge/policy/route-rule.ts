import { AppError } from '../../shared/errors.ts'
import { parseTarget } from '../../shared/request-path.ts'
import { matchRoute, type RouteMatch } from '../../shared/routes.ts'
import type { Grant } from './grant.ts'
import { checkModel } from './model-rule.ts'

/** A route with the parameter of the path, still percent-encoded. */
export type FoundRoute = Omit<Extract<RouteMatch, { kind: 'found' }>, 'kind'>

/**
 * Checks the request before the body arrives.
 * @throws AppError BAD_PATH, NOT_FOUND, METHOD_NOT_ALLOWED, SCOPE_MISSING, MODEL_NOT_ALLOWED, URI_TOO_LONG,
 * TEXT_TOO_LONG
 */
export function checkRoute(grant: Grant, method: string, target: string): FoundRoute {
  const { path, query } = parseTarget(target)
  const match = matchRoute(method, path)
  switch (match.kind) {
    case 'unknown':
      throw new AppError('NOT_FOUND')
    case 'wrongMethod':
      throw new AppError('METHOD_NOT_ALLOWED')
    case 'found': {
      const { route, param } = match
      if (!grant.scopes.includes(route.scope))
        throw new AppError('SCOPE_MISSING', `This request needs a key with the ${route.scope} scope.`)
      if (route.path === '/v1/models/*model' && param !== undefined)
        checkModel(grant, decodeURIComponent(param))
      // Go also reads form fields from the query string, and prefers them.
      if (route.body === 'multipart')
        for (const model of new URLSearchParams(query).getAll('model')) checkModel(grant, model)
      return { route, param }
    }
  }
}
