import { AppError } from '../../shared/errors.ts'
import type { KeyedText } from '../../shared/words.ts'
import { isLoopback } from '../dial/relay-address.ts'
import { fail, ok, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']

/** @param route the proxy to the relay, `null` for none, or why none can be used */
export function assessProxy(
  relayUrl: URL,
  route: { readonly shownUrl: string } | null | AppError,
  env: NodeJS.ProcessEnv,
): CheckResult {
  if (route instanceof AppError) return fail('proxy', route.words, checkWords('fix.proxy.invalid'))
  const way =
    route === null ? directWay(relayUrl, env) : checkWords('finding.proxy.through', { proxy: route.shownUrl })
  return ok('proxy', checkWords('finding.proxy', { way }))
}

function directWay(relayUrl: URL, env: NodeJS.ProcessEnv): KeyedText {
  if (isLoopback(relayUrl)) return checkWords('finding.proxy.local')
  const variable = VARIABLES.find((name) => env[name] || env[name.toLowerCase()])
  return variable === undefined
    ? checkWords('finding.proxy.none')
    : checkWords('finding.proxy.exempt', { variable })
}
