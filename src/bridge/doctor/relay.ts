import { z } from 'zod'
import { PROTOCOL_VERSIONS, commonProtocol } from '../../tunnel/handshake.ts'
import { mapWords } from '../../shared/words.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
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

/**
 * @param visit of the relay's self-description, or its error
 * @param proxyUrl the proxy in use, for display
 * @param warning from `parseRelayUrl`
 */
export function assessRelay(
  relayUrl: URL,
  visit: Visit | Error,
  proxyUrl: string | null,
  warning: string | null,
): CheckResult {
  if (visit instanceof Error) return unreachable(relayUrl, visit, proxyUrl)
  const relay = parseSelfDescription(visit)
  if (relay === null) return notARelay(relayUrl, visit)
  const detail = `A relay responds at ${relayUrl.href} (version ${relay.version}).`
  if (commonProtocol(relay.protocols) === undefined)
    return fail(
      'relay',
      `${detail} It supports protocol ${relay.protocols.join(', ')}, this device ${PROTOCOL_VERSIONS.join(', ')}.`,
      'Update the older of the two.',
    )
  return warning === null
    ? ok('relay', detail)
    : warn('relay', `${detail} ${warning}`, 'Use https:// for the relay.')
}

/** With a proxy in use, network errors come from the connection to the proxy. */
function unreachable({ href }: URL, cause: Error, proxyUrl: string | null): CheckResult {
  const { why, fix } = troubleFor(cause)
  const through = proxyUrl === null ? '' : ` through the proxy ${proxyUrl}`
  return fail(
    'relay',
    mapWords(why, (text) => `The relay at ${href} cannot be reached${through}: ${text}.`),
    fix,
  )
}

function notARelay({ href }: URL, { status, headers }: Visit): CheckResult {
  const { location, server } = headers
  const who = server === undefined ? '' : `, from ${String(server)}`
  const fix =
    location === undefined
      ? 'Check that this is the relay’s URL, and that the server there forwards all requests to it.'
      : `It redirects to ${location}. Use the relay’s own URL there.`
  return fail('relay', `The server at ${href} is not a relay (HTTP ${status}${who}).`, fix)
}
