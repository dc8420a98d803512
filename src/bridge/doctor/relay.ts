import { z } from 'zod'
import { PROTOCOL_VERSIONS, commonProtocol } from '../../tunnel/handshake.ts'
import type { AppError } from '../../shared/errors.ts'
import type { KeyedText } from '../../shared/words.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'
import type { Visit } from './relay-visit.ts'
import { troubleFor } from './trouble.ts'

const SelfDescription = z.object({
  name: z.literal('cloudtolocalllm'),
  version: z.string(),
  protocols: z.array(z.int()),
  time: z.string().optional(),
})
type SelfDescription = Readonly<z.infer<typeof SelfDescription>>

/** A relay's self-description; `null` if another server responded. */
export function parseSelfDescription({ status, body }: Visit): SelfDescription | null {
  if (status !== 200) return null
  try {
    return SelfDescription.parse(JSON.parse(body))
  } catch {
    return null
  }
}

/** @param error why no relay is known */
export function assessNoRelay({ words }: AppError): CheckResult {
  return fail('relay', words, checkWords('fix.relay.unknown'))
}

/**
 * @param visit of the relay's self-description, or its error
 * @param proxyUrl the proxy in use, for display
 * @param warning from `parseRelayUrl`
 */
export function assessRelay(
  relayUrl: URL,
  visit: Visit | Error,
  proxyUrl: string | null,
  warning: KeyedText | null,
): CheckResult {
  if (visit instanceof Error) return unreachable(relayUrl, visit, proxyUrl)
  const relay = parseSelfDescription(visit)
  if (relay === null) return notARelay(relayUrl, visit)
  const found = checkWords('finding.relay.found', { url: relayUrl.href, version: relay.version })
  if (commonProtocol(relay.protocols) === undefined)
    return fail(
      'relay',
      checkWords('finding.relay.protocols', {
        found,
        theirs: relay.protocols.join(', '),
        ours: PROTOCOL_VERSIONS.join(', '),
      }),
      checkWords('fix.relay.protocols'),
    )
  return warning === null
    ? ok('relay', found)
    : warn('relay', checkWords('finding.relay.warning', { found, warning }), checkWords('fix.relay.warning'))
}

/** With a proxy in use, network errors come from the connection to the proxy. */
function unreachable({ href: url }: URL, cause: Error, proxy: string | null): CheckResult {
  const { why, fix } = troubleFor(cause)
  const detail =
    proxy === null
      ? checkWords('finding.relay.unreachable', { url, why })
      : checkWords('finding.relay.unreachableThrough', { url, proxy, why })
  return fail('relay', detail, fix)
}

function notARelay({ href: url }: URL, { status, headers: { location, server } }: Visit): CheckResult {
  const detail =
    server === undefined
      ? checkWords('finding.relay.stranger', { url, status })
      : checkWords('finding.relay.strangerNamed', { url, status, server: String(server) })
  const fix =
    location === undefined ? checkWords('fix.relay.stranger') : checkWords('fix.relay.redirect', { location })
  return fail('relay', detail, fix)
}
