import { createServer, type Server, type ServerOptions } from 'node:http'
import { createSecureServer, type Http2Session } from 'node:http2'
import { type Clock, MAX_TIMER_MS } from '../shared/clock.ts'
import { Http1CompatRequest, Http1CompatResponse } from './http2-messages.ts'
import { http2LimitsFor, Http2Sessions } from './http2-sessions.ts'
import type { TlsSource } from './tls-source.ts'

export interface FrontServerConfig {
  readonly maxHeaderBytes: number
  /** Time for all request headers to arrive. */
  readonly headersTimeoutMs: number
  /** Time without data in either direction. */
  readonly idleTimeoutMs: number
}

export interface FrontServerOptions {
  readonly config: FrontServerConfig
  readonly clock: Clock
  /** With it the server uses TLS; the server closes it. */
  readonly tls: TlsSource | undefined
}

/** The listening server, independent of its protocol. */
export interface FrontServer {
  readonly server: Server
  readonly isSecure: boolean
  /** Sends GOAWAY to HTTP/2 clients; running requests continue. */
  drain(): void
  close(): void
}

/** Interval of Node's check for overdue headers. */
const CHECK_INTERVAL_MS = 1_000
/** Longer than the usual minute of reverse proxies, so that they close idle connections first. */
const KEEP_ALIVE_MS = 75_000
/** Upload window per connection: 4 MB/s at a round trip of one second. */
const HTTP2_WINDOW_BYTES = 4 * 1024 * 1024

export function createFrontServer(options: FrontServerOptions): FrontServer {
  const front = options.tls === undefined ? plainServer(options) : secureServer(options, options.tls)
  // Node silently drops fields above 2000; their total size is limited anyway.
  front.server.maxHeadersCount = 0
  // For clients that never read the end of a response. Running responses have their own idle timeout.
  front.server.timeout = limitMsFor(options.config)
  // Java clients offer h2c on ordinary requests, which is declined.
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
    // Multi-gigabyte uploads take time; stalled ones are ended by the idle timeout.
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

function secureServer({ config, clock }: FrontServerOptions, tls: TlsSource): FrontServer {
  const server = createSecureServer({
    ...tls.pair,
    allowHTTP1: true,
    http1Options: optionsFor(config),
    handshakeTimeout: config.headersTimeoutMs,
    ...http2LimitsFor(config),
    Http2ServerRequest: Http1CompatRequest,
    Http2ServerResponse: Http1CompatResponse,
  })
  tls.watch((pair) => server.setSecureContext(pair))
  const sessions = new Http2Sessions({ clock, headersTimeoutMs: config.headersTimeoutMs })
  server.on('session', (session) => {
    sessions.add(session)
    session.setLocalWindowSize(HTTP2_WINDOW_BYTES)
    endWhenIdle(session, limitMsFor(config))
  })
  return {
    // Its requests and responses behave like HTTP/1.1's.
    server: server as unknown as Server,
    isSecure: true,
    drain: () => sessions.drain(),
    close() {
      tls.close()
      server.close()
    },
  }
}

/** Closes an idle session gracefully, or immediately if the client does not respond. */
function endWhenIdle(session: Http2Session, limitMs: number): void {
  // Node's own timeout would abort requests that wait for a model to load.
  session.removeAllListeners('timeout')
  session.setTimeout(KEEP_ALIVE_MS, () => {
    session.close()
    session.setTimeout(limitMs, () => session.destroy())
  })
}
