import type { IncomingMessage } from 'node:http'
import { WebSocket, type ClientOptions } from 'ws'
import { CHALLENGE_FIELD, isChallenge } from '../../shared/device-proof.ts'
import { AppError, ERRORS, isErrorCode } from '../../shared/errors.ts'
import { TUNNEL_SUBPROTOCOL } from '../../shared/version.ts'
import { WsCarrier } from '../../tunnel/ws-carrier.ts'
import { isLoopback } from './relay-address.ts'
import { elsewhereIn } from './relay-request.ts'

export interface RelayDialOptions {
  /** Of the tunnel: `ws(s)://…/ws/tunnel`. */
  readonly url: string
  readonly credential: string
  readonly agent: ClientOptions['agent']
  readonly maxMessageBytes: number
  readonly signal: AbortSignal
}

/** A WebSocket that is open. */
export interface DialledRelay {
  readonly carrier: WsCarrier
  /** What the handshake has to sign; `undefined` for relays that ask for no proof. */
  readonly challenge: string | undefined
}

const HANDSHAKE_TIMEOUT_MS = 10_000

/**
 * Opens a WebSocket to the relay.
 * @throws AppError RELAY_UNREACHABLE, RELAY_REFUSED, or what the relay named in `x-error-code`
 */
export function dialRelay(options: RelayDialOptions): Promise<DialledRelay> {
  const { url, credential, agent, maxMessageBytes, signal } = options
  const socket = new WebSocket(url, [TUNNEL_SUBPROTOCOL], {
    headers: { authorization: `Bearer ${credential}` },
    // An offer, which relays decline unless they were told otherwise.
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
 * Nobody between the ends can take our bytes for something else, which is all that a mask is against (RFC 6455, section 10.3).
 * `ws` does no work for a mask of zeros, at either end.
 */
function isUnmasked(url: string): boolean {
  const parsed = new URL(url)
  return parsed.protocol === 'wss:' || isLoopback(parsed)
}

function refusal({ statusCode, headers }: IncomingMessage): AppError {
  const code = headers['x-error-code']
  if (isErrorCode(code)) return new AppError(code)
  return new AppError('RELAY_REFUSED', `${ERRORS.RELAY_REFUSED.text} (HTTP ${statusCode})`)
}
