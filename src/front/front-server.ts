import { createServer, type Server, type ServerOptions } from 'node:http'
import { createSecureServer, type Http2Session } from 'node:http2'
import { type Clock, MAX_TIMER_MS } from '../shared/clock.ts'
import type { Logger } from '../shared/logger.ts'
import { Http1CompatRequest, Http1CompatResponse } from './http2-messages.ts'
import { http2LimitsFor, Http2Sessions } from './http2-sessions.ts'
import { TlsFiles } from './tls-files.ts'

export interface FrontServerConfig {
  readonly maxHeaderBytes: number
  /** For all header fields of a request to arrive. */
  readonly headersTimeoutMs: number
  /** Without a byte in either direction. */
  readonly idleTimeoutMs: number
  /** Both: the server speaks TLS. */
  readonly tlsCertFile?: string | undefined
  readonly tlsKeyFile?: string | undefined
}

export interface FrontServerOptions {
  readonly config: FrontServerConfig
  readonly clock: Clock
  readonly logger: Logger
}

/** The server that takes connections, whatever they speak. */
export interface FrontServer {
  readonly server: Server
  readonly isSecure: boolean
  /** Tells clients of HTTP/2 to go elsewhere; what is under way goes on. */
  drain(): void
  close(): void
}

/** How often node looks for sockets whose headers are overdue. */
const CHECK_INTERVAL_MS = 1_000
/** Longer than the minute that proxies in front keep connections for, so that they close first. */
const KEEP_ALIVE_MS = 75_000
/** How much of an upload a connection takes on before somebody has read it: at a second's delay, 4 MB/s. */
const HTTP2_WINDOW_BYTES = 4 * 1024 * 1024

/** @throws AppError CONFIG_INVALID where the certificate cannot be used */
export function createFrontServer(options: FrontServerOptions): FrontServer {
  const { tlsCertFile, tlsKeyFile } = options.config
  const front =
    tlsCertFile === undefined || tlsKeyFile === undefined
      ? plainServer(options)
      : secureServer(options, tlsCertFile, tlsKeyFile)
  // Node would drop what is above its 2000 in silence; their size is limited anyway.
  front.server.maxHeadersCount = 0
  // A client that never reads the end of its answer. What is still being answered has an idle timeout of its own.
  front.server.timeout = limitMsFor(options.config)
  // Java clients offer h2c on ordinary requests: an offer to decline, not a tunnel.
  Object.assign(front.server, { shouldUpgradeCallback: offersWebSocket })
  return front
}

function limitMsFor({ idleTimeoutMs }: FrontServerConfig): number {
  return Math.min(2 * idleTimeoutMs, MAX_TIMER_MS)
}

function offersWebSocket({ headers }: { readonly headers: NodeJS.Dict<string | string[]> }): boolean {
  return String(headers['upgrade']).toLowerCase() === 'websocket'
}

function optionsFor({ maxHeaderBytes, headersTimeoutMs }: FrontServerConfig): ServerOptions {
  return {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    // Uploads of many gigabytes take their time; what stands still is ended by the idle timeout.
    requestTimeout: 0,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  }
}

function plainServer({ config }: FrontServerOptions): FrontServer {
  const server = createServer(optionsFor(config))
  return { server, isSecure: false, drain: () => {}, close: () => void server.close() }
}

function secureServer(
  { config, clock, logger }: FrontServerOptions,
  certFile: string,
  keyFile: string,
): FrontServer {
  const files = new TlsFiles({ certFile, keyFile, clock, logger })
  const server = createSecureServer({
    ...files.pair,
    allowHTTP1: true,
    http1Options: optionsFor(config),
    handshakeTimeout: config.headersTimeoutMs,
    ...http2LimitsFor(config),
    Http2ServerRequest: Http1CompatRequest,
    Http2ServerResponse: Http1CompatResponse,
  })
  files.watch((pair) => server.setSecureContext(pair))
  const sessions = new Http2Sessions({ clock, headersTimeoutMs: config.headersTimeoutMs })
  server.on('session', (session) => {
    sessions.add(session)
    session.setLocalWindowSize(HTTP2_WINDOW_BYTES)
    endWhenIdle(session, limitMsFor(config))
  })
  return {
    // What it hands out has the shape of HTTP/1.1's messages as far as anybody here looks.
    server: server as unknown as Server,
    isSecure: true,
    drain: () => sessions.drain(),
    close() {
      files.close()
      server.close()
    },
  }
}

/** Politely, as soon as nothing moves; at once, where even that is not taken note of. */
function endWhenIdle(session: Http2Session, limitMs: number): void {
  // Node's own would cut requests that wait for a model to load.
  session.removeAllListeners('timeout')
  session.setTimeout(KEEP_ALIVE_MS, () => {
    session.close()
    session.setTimeout(limitMs, () => session.destroy())
  })
}
