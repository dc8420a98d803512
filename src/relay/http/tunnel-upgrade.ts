import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { CHALLENGE_FIELD, handshakeStatement } from '../../shared/device-proof.ts'
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { TUNNEL_SUBPROTOCOL } from '../../shared/version.ts'
import { WsCarrier } from '../../tunnel/ws-carrier.ts'
import type { TokenVerifier } from '../auth/token-verifier.ts'
import type { RelayConfig } from '../config.ts'
import type { AuthFailures } from '../limits/auth-failures.ts'
import { bearerIn } from '../../front/client-credential.ts'
import type { UpgradeRequest } from '../../front/http-front.ts'
import { WebSocketHandshakes } from '../../front/web-socket-handshakes.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { CallerCheck } from './caller-check.ts'
import { digestOf } from '../../tunnel/digest.ts'

export interface TunnelUpgradeOptions {
  readonly config: UpgradeConfig
  readonly tokenVerifier: TokenVerifier
  readonly directory: TunnelDirectory
  readonly logger: Logger
  readonly authFailures: AuthFailures
  readonly callers: CallerCheck
  readonly maxMessageBytes: number
}

type UpgradeConfig = Pick<
  RelayConfig,
  | 'webSocketPath'
  | 'compressionEnabled'
  | 'compressionLevel'
  | 'compressionThresholdBytes'
  | 'frameWarnBytes'
  | 'closeTimeoutMs'
>

const CHALLENGE_BYTES = 32

/** Turns the WebSocket of a device with a valid token into a carrier. */
export class TunnelUpgrade {
  readonly #options: TunnelUpgradeOptions
  readonly #handshakes: WebSocketHandshakes
  readonly #paths: ReadonlySet<string>
  /** The challenge for the handshake, by upgrade request. */
  readonly #challenges = new WeakMap<IncomingMessage, string>()
  #isClosing = false

  constructor(options: TunnelUpgradeOptions) {
    this.#options = options
    this.#paths = new Set(['/ws/tunnel', '/ws', options.config.webSocketPath])
    this.#handshakes = new WebSocketHandshakes(
      {
        handleProtocols: () => TUNNEL_SUBPROTOCOL,
        perMessageDeflate: compressionFor(options.config),
        maxPayload: options.maxMessageBytes,
      },
      (fields, request) => fields.push(`${CHALLENGE_FIELD}: ${this.#challengeFor(request)}`),
    )
  }

  isPath(path: string): boolean {
    return this.#paths.has(path)
  }

  /** Refuses new bridges from now on. */
  close(): void {
    this.#isClosing = true
  }

  /**
   * @throws AppError NOT_FOUND, ORIGIN_NOT_TRUSTED, VERSION_UNSUPPORTED, DRAINING, TOO_MANY_REQUESTS, and like
   * `TokenVerifier.verify`
   */
  async upgrade({ request, countedAs }: UpgradeRequest, socket: Duplex, head: Buffer): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://relay')
    if (url === null || !this.#paths.has(url.pathname)) throw new AppError('NOT_FOUND')
    this.#options.callers.checkOrigin(request.rawHeaders)
    if (!offersOurProtocol(request)) throw new AppError('VERSION_UNSUPPORTED')
    if (this.#isClosing) throw new AppError('DRAINING')
    const token = bearerIn(request.headers.authorization ?? '') ?? url.searchParams.get('token')
    if (token === null) throw new AppError('CREDENTIAL_INVALID')
    const { authFailures, tokenVerifier, config, directory } = this.#options
    const bearer = await authFailures.guard(countedAs, () => tokenVerifier.verify(token))
    if (socket.destroyed) return
    const webSocket = await this.#handshakes.complete(request, socket, head)
    this.#watchSize(webSocket)
    const challenge = this.#challengeFor(request)
    const statement = handshakeStatement({ challenge, credentialDigest: digestOf(token) })
    directory.accept(new WsCarrier(webSocket, config.closeTimeoutMs), bearer, statement)
  }

  #challengeFor(request: IncomingMessage): string {
    const challenge = this.#challenges.get(request) ?? randomBytes(CHALLENGE_BYTES).toString('base64url')
    this.#challenges.set(request, challenge)
    return challenge
  }

  /** Logs once when messages come close to the size limit. */
  #watchSize(webSocket: WebSocket): void {
    const { config, logger } = this.#options
    const watch = ({ length: bytes }: Buffer) => {
      if (bytes <= config.frameWarnBytes) return
      webSocket.off('message', watch)
      logger.warn({ bytes }, 'large tunnel message')
    }
    webSocket.on('message', watch)
  }
}

function compressionFor({ compressionEnabled, compressionLevel, compressionThresholdBytes }: UpgradeConfig) {
  if (!compressionEnabled) return false
  return { threshold: compressionThresholdBytes, zlibDeflateOptions: { level: compressionLevel } }
}

function offersOurProtocol({ headers }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
  return offered.includes(TUNNEL_SUBPROTOCOL)
}
