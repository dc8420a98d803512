import { AppError } from '../../shared/errors.ts'
import { joinWords, mapWords } from '../../shared/words.ts'
import { toTunnelUrl } from '../dial/relay-address.ts'
import { dialRelay } from '../dial/relay-dialer.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { type Front, UPGRADE_FIX } from './front.ts'
import type { VisitOptions } from './relay-visit.ts'
import { troubleFor } from './trouble.ts'

/** No messages are expected. */
const MAX_MESSAGE_BYTES = 64 * 1024
const NORMAL_CLOSURE = 1000

/**
 * Opens a tunnel's WebSocket and closes it before the handshake. Until then the relay does not assign it to a device,
 * so an online bridge is not affected.
 * @param credential without one, the relay is expected to refuse
 */
export async function tryUpgrade(
  { relayUrl, route }: VisitOptions,
  credential: string | undefined,
): Promise<'opened' | AppError> {
  try {
    const { carrier } = await dialRelay({
      url: toTunnelUrl(relayUrl).href,
      credential: credential ?? '',
      agent: route?.agent,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      signal: new AbortController().signal,
    })
    carrier.close(NORMAL_CLOSURE, 'only a test')
    return 'opened'
  } catch (cause) {
    if (cause instanceof AppError) return cause
    throw cause
  }
}

export function assessUpgrade(outcome: 'opened' | AppError, front: Front): CheckResult {
  if (outcome === 'opened') return ok('websocket', 'The relay accepts this device’s WebSocket.')
  switch (outcome.code) {
    case 'CREDENTIAL_INVALID':
    case 'CREDENTIAL_EXPIRED':
      return ok('websocket', 'WebSockets work: the relay itself refused one without a valid credential.')
    case 'RELAY_REFUSED':
      return fail('websocket', outcome.words, UPGRADE_FIX[front])
    case 'RELAY_UNREACHABLE':
      return fail(
        'websocket',
        mapWords(troubleFor(outcome).why, (text) => `The WebSocket could not be opened: ${text}.`),
        UPGRADE_FIX[front],
      )
    case 'VERSION_UNSUPPORTED':
      return fail(
        'websocket',
        'The relay was not offered the subprotocol of this version.',
        'Update the older of the two, and configure the proxy in front of the relay to forward Sec-WebSocket-Protocol.',
      )
    default:
      return warn(
        'websocket',
        joinWords('The relay refused a WebSocket:', outcome.words),
        'Try again in a minute.',
      )
  }
}
