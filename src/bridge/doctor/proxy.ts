import { AppError } from '../../shared/errors.ts'
import { mapWords, type Words } from '../../shared/words.ts'
import { isLoopback } from '../dial/relay-address.ts'
import { fail, ok, type CheckResult } from './check-result.ts'

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']

/** @param route the proxy to the relay, `null` for none, or why none can be used */
export function assessProxy(
  relayUrl: URL,
  route: { readonly shownUrl: string } | null | AppError,
  env: NodeJS.ProcessEnv,
): CheckResult {
  if (route instanceof AppError)
    return fail('proxy', route.words, {
      cli: 'Correct the variable, or add the relay’s host to NO_PROXY.',
      app: 'Correct the proxy’s address in the system’s network settings.',
    })
  const way: Words = route === null ? directWay(relayUrl, env) : `through the proxy ${route.shownUrl}`
  const detail = mapWords(
    way,
    (text) => `The relay is reached ${text}. The model server is always contacted directly.`,
  )
  return ok('proxy', detail)
}

function directWay(relayUrl: URL, env: NodeJS.ProcessEnv): Words {
  if (isLoopback(relayUrl)) return 'directly: it is on this machine'
  const set = VARIABLES.find((name) => env[name] || env[name.toLowerCase()])
  if (set === undefined) return 'directly: no proxy is set'
  return {
    cli: `directly: ${set} is set, but NO_PROXY or the kind of URL exempts it`,
    app: 'directly: a proxy is set, but not for this relay',
  }
}
