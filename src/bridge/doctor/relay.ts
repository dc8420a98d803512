import { z } from 'zod'
import { PROTOCOL_VERSIONS, commonProtocol } from '../../tunnel/handshake.ts'
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
export function judgeRelay(
  relayUrl: URL,
  visit: Visit | Error,
  proxyUrl: string | null,
  warning: string | null,
): CheckResult {
  if (visit instanceof Error) return unreachable(relayUrl, visit, proxyUrl)
  const relay = parseSelfDescription(visit)
  if (relay === null) return notARelay(relayUrl, visit)
  const detail = `A relay answers at ${relayUrl.href} (version ${relay.version}).`
  if (commonProtocol(relay.protocols) === undefined)
    return fail(
      'relay',
      `${detail} It speaks protocol ${relay.protocols.join(', ')}, this device ${PROTOCOL_VERSIONS.join(', ')}.`,
      'Update the older of the two.',
    )
  return warning === null
    ? ok('relay', detail)
    : warn('relay', `${detail} ${warning}`, 'Use https:// for the relay.')
}

/** Where a proxy is in use, errors of the network come from the way to the proxy. */
function unreachable({ href }: URL, cause: Error, proxyUrl: string | null): CheckResult {
  const { why, fix } = troubleFor(cause)
  const through = proxyUrl === null ? '' : ` through the proxy ${proxyUrl}`
  return fail('relay', `The relay at ${href} cannot be reached${through}: ${why}.`, fix)
}

function notARelay({ href }: URL, { status, headers }: Visit): CheckResult {
  const { location, server } = headers
  const who = server === undefined ? '' : `, from ${String(server)}`
  const fix =
    location === undefined
      ? 'Check the URL: is this where the relay is, and does the server there pass everything on to it?'
      : `It sends us on to ${location}: use the relay’s own URL there.`
  return fail('relay', `Something answers at ${href}, but it is no relay (HTTP ${status}${who}).`, fix)
}
