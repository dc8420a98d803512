import { AppError } from '../../shared/errors.ts'
import { toTunnelUrl } from '../dial/relay-address.ts'
import { dialRelay } from '../dial/relay-dialer.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'
import type { Front } from './front.ts'
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
  if (outcome === 'opened') return ok('websocket', checkWords('finding.websocket.accepted'))
  const fix = checkWords(`fix.websocket.${front}`)
  switch (outcome.code) {
    case 'CREDENTIAL_INVALID':
    case 'CREDENTIAL_EXPIRED':
      return ok('websocket', checkWords('finding.websocket.works'))
    case 'RELAY_REFUSED':
      return fail('websocket', outcome.words, fix)
    case 'RELAY_UNREACHABLE':
      return fail('websocket', checkWords('finding.websocket.failed', { why: troubleFor(outcome).why }), fix)
    case 'VERSION_UNSUPPORTED':
      return fail('websocket', checkWords('finding.websocket.version'), checkWords('fix.websocket.version'))
    default:
      return warn(
        'websocket',
        checkWords('finding.websocket.refused', { reason: outcome.words }),
        checkWords('fix.websocket.refused'),
      )
  }
}
