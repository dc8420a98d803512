import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { BlockList, type Socket } from 'node:net'
import { AppError } from '../../shared/errors.ts'
import { headerOf, type RawHeaders } from '../../shared/headers.ts'
import { ConnectionLimits, type ConnectionLimitsConfig } from '../../front/connection-limits.ts'
import { HOP_FIELD, type ReplicaPass } from '../../front/request-context.ts'
import type { HopPass, HopPasses } from './hop-pass.ts'
import { hopServerTls } from './hop-tls.ts'

export interface HopServerOptions {
  readonly passes: HopPasses
  /** `SigningKey.hopTlsSecret` */
  readonly tlsSecret: Uint8Array
  readonly limits: Omit<ConnectionLimitsConfig, 'trustedProxies'>
  readonly maxHeaderBytes: number
  /** Timeout of the TLS handshake and of request headers. */
  readonly headersTimeoutMs: number
  /** Time without data in either direction. */
  readonly idleTimeoutMs: number
  /** Handles the request as if the client had sent it here. */
  readonly serve: (request: IncomingMessage, response: ServerResponse, pass: ReplicaPass) => void
}

/** Size of a pass, in addition to the client's headers. */
const PASS_BYTES = 2_048
const KEEP_ALIVE_MS = 75_000
/** Interval of Node's check for overdue headers. */
const CHECK_INTERVAL_MS = 1_000

/** Listener for requests passed on by other replicas. Other peers are rejected in the handshake. */
export class HopServer {
  readonly #options: HopServerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Limits unauthenticated connections; replicas may have any number, like a trusted proxy. */
  readonly #strangers: ConnectionLimits
  readonly #proofs = new Map<string, () => void>()

  constructor(options: HopServerOptions) {
    this.#options = options
    const { maxHeaderBytes, headersTimeoutMs, idleTimeoutMs } = options
    this.#strangers = new ConnectionLimits({ ...options.limits, trustedProxies: new BlockList() })
    this.#server = createServer({
      ...hopServerTls(options.tlsSecret),
      handshakeTimeout: headersTimeoutMs,
      maxHeaderSize: maxHeaderBytes + PASS_BYTES,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    })
    this.#server.maxHeadersCount = 0
    this.#server.timeout = idleTimeoutMs
    this.#server.on('connection', (socket: Socket) => this.#admit(socket))
    this.#server.on('secureConnection', (socket) => this.#proofs.get(nameOf(socket))?.())
    this.#server.on('request', (request, response) => this.#handle(request, response))
    this.#server.on('upgrade', (_request, socket) => socket.destroy())
    this.#server.on('connect', (_request, socket) => socket.destroy())
  }

  /** @param port 0 for any. @throws AppError CONFIG_INVALID */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.on('error', (cause: NodeJS.ErrnoException) => {
        const where = `INTERNAL_HOST ${host}, INTERNAL_PORT ${port}`
        reject(new AppError('CONFIG_INVALID', `cannot listen at ${where}: ${cause.message}`, { cause }))
      })
      this.#server.listen({ host, port, backlog: 4_096 }, () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  }

  destroy(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #admit(socket: Socket): void {
    const isFull = this.#sockets.size >= this.#options.limits.maxConnections
    const leave = isFull ? undefined : this.#strangers.admit(socket.remoteAddress ?? '')
    if (leave === undefined) return void socket.destroy()
    const name = nameOf(socket)
    const proved = (): void => {
      if (this.#proofs.delete(name)) leave()
    }
    this.#proofs.set(name, proved)
    this.#sockets.add(socket)
    socket.once('close', () => {
      proved()
      this.#sockets.delete(socket)
    })
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const pass = this.#passIn(request)
    if (pass === undefined) {
      response.writeHead(403, ['content-length', '0', 'connection', 'close'])
      return void response.end(() => request.socket.destroySoon())
    }
    request.rawHeaders = withoutPass(request.rawHeaders)
    this.#options.serve(request, response, pass)
  }

  #passIn({ method = '', url: target = '', rawHeaders }: IncomingMessage): HopPass | undefined {
    const field = headerOf(rawHeaders, HOP_FIELD)
    return field === undefined ? undefined : this.#options.passes.parse({ method, target }, field)
  }
}

/** Identifies a connection independent of its TLS layer. */
function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

/** The remaining headers are the client's. */
function withoutPass(headers: RawHeaders): string[] {
  return headers.filter((_, i) => headers[i - (i % 2)]?.toLowerCase() !== HOP_FIELD)
}
