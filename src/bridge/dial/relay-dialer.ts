import type { IncomingMessage } from 'node:http'
import { WebSocket, type ClientOptions } from 'ws'
import { CHALLENGE_FIELD, isChallenge } from '../../shared/device-proof.ts'
import { RELAY_ERROR_FIELD } from '../../shared/error-fields.ts'
import { AppError, errorWordsWith, isErrorCode } from '../../shared/errors.ts'
import { TUNNEL_SUBPROTOCOL } from '../../shared/version.ts'
import { WsCarrier } from '../../tunnel/ws-carrier.ts'
import { loadAuthorities } from './certificate-authorities.ts'
import { isLoopback } from './relay-address.ts'
import { elsewhereIn } from './relay-request.ts'

export interface RelayDialOptions {
  /** The tunnel URL: `ws(s)://…/ws/tunnel`. */
  readonly url: string
  readonly credential: string
  readonly agent: ClientOptions['agent']
  readonly maxMessageBytes: number
  readonly signal: AbortSignal
}

/** An open WebSocket to the relay. */
export interface DialledRelay {
  readonly carrier: WsCarrier
  /** The challenge to sign in the handshake; `undefined` if the relay requires no proof. */
  readonly challenge: string | undefined
}

const HANDSHAKE_TIMEOUT_MS = 10_000

/**
 * Opens a WebSocket to the relay.
 * @throws AppError RELAY_UNREACHABLE, RELAY_REFUSED, or the error in the relay's `x-error-code`; the signal's reason
 */
export async function dialRelay(options: RelayDialOptions): Promise<DialledRelay> {
  const { url, credential, agent, maxMessageBytes, signal } = options
  // A token may have been awaited: nothing is sent after a sign-out meanwhile.
  signal.throwIfAborted()
  // A proxy may use TLS too.
  if (url.startsWith('wss:') || agent !== undefined) loadAuthorities()
  const socket = new WebSocket(url, [TUNNEL_SUBPROTOCOL], {
    headers: { authorization: `Bearer ${credential}` },
    // Only an offer, which relays decline by default.
    perMessageDeflate: true,
    maxPayload: maxMessageBytes,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    ...(isUnmasked(url) && { generateMask: (mask: Buffer) => void mask.fill(0) }),
    agent,
  })
  return new Promise((resolve, reject) => {
    const abort = () => socket.terminate()
    signal.addEventListener('abort', abort, { once: true })
    let challenge: string | undefined
    socket.once('upgrade', ({ headers }) => {
      const shown = headers[CHALLENGE_FIELD]
      challenge = isChallenge(shown) ? shown : undefined
    })
    socket.once('open', () => {
      signal.removeEventListener('abort', abort)
      resolve({ carrier: new WsCarrier(socket), challenge })
    })
    socket.once('unexpected-response', (_request, response) => {
      reject(
        elsewhereIn(response.statusCode, response.headers.location, new URL(url), 'ws/tunnel') ??
          refusal(response),
      )
      socket.terminate()
    })
    socket.once('error', (cause) => reject(new AppError('RELAY_UNREACHABLE', undefined, { cause })))
  })
}

/**
 * Whether no intermediary can misinterpret our bytes, the only purpose of masking (RFC 6455, section 10.3). `ws` skips
 * the work for a zero mask at both ends.
 */
function isUnmasked(url: string): boolean {
  const parsed = new URL(url)
  return parsed.protocol === 'wss:' || isLoopback(parsed)
}

function refusal({ statusCode, headers }: IncomingMessage): AppError {
  const code = headers[RELAY_ERROR_FIELD]
  // Not the relay's decision: a proxy in front of it has dropped the upgrade.
  if (isErrorCode(code) && code !== 'UPGRADE_REQUIRED') return new AppError(code)
  return new AppError('RELAY_REFUSED', errorWordsWith('RELAY_REFUSED', `HTTP ${statusCode}`))
}
