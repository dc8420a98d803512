import { AppError } from '../../shared/errors.ts'
import { isLoopback } from '../dial/relay-address.ts'
import { fail, ok, type CheckResult } from './check-result.ts'

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']

/** @param route the proxy to the relay, `null` for none, or why none can be used */
export function judgeProxy(
  relayUrl: URL,
  route: { readonly shownUrl: string } | null | AppError,
  env: NodeJS.ProcessEnv,
): CheckResult {
  if (route instanceof AppError)
    return fail('proxy', route.message, 'Correct the variable, or add the relay’s host to NO_PROXY.')
  const way =
    route === null ? `directly: ${directReason(relayUrl, env)}` : `through the proxy ${route.shownUrl}`
  return ok('proxy', `The relay is reached ${way}. The model server is always contacted directly.`)
}

function directReason(relayUrl: URL, env: NodeJS.ProcessEnv): string {
  if (isLoopback(relayUrl)) return 'it is on this machine'
  const set = VARIABLES.find((name) => env[name] || env[name.toLowerCase()])
  return set === undefined ? 'no proxy is set' : `${set} is set, but NO_PROXY or the kind of URL exempts it`
}
