import * as http from 'node:http'
import * as https from 'node:https'
import type { UpstreamKind } from '../../shared/announcement.ts'
import type { Clock } from '../../shared/clock.ts'
import { unreachable } from './upstream-failure.ts'

/** The model server to forward to. */
export interface UpstreamTarget {
  /** Base URL of its API: `http://127.0.0.1:11434`, possibly with a path that does not end in a slash. */
  readonly baseUrl: string
  readonly kind: UpstreamKind
  /** The kind is a guess: send all requests, also of the other API. */
  readonly isKindGuessed?: true
  /** Sent with each request and masked in responses. */
  readonly apiKey?: string | undefined
  /** Display name: "LM Studio". */
  readonly name?: string
  /** Names of its known models. */
  readonly models?: readonly string[]
}

export interface UpstreamRequestOptions {
  readonly method: string
  /** Path and query as authorized by the policy, without the base URL's path. */
  readonly target: string
  /** All headers, including `Host` and framing. */
  readonly headers: readonly string[]
  /** Use a separate socket, so closing it cancels only this request. */
  readonly fresh: boolean
}

const CONNECT_TIMEOUT_MS = 5_000

const keepAlive = new http.Agent({ keepAlive: true, maxFreeSockets: 64 })

/**
 * Opens a request to the upstream. Only connecting has a deadline: a model may load for minutes before the first byte.
 * A failure to connect is reported as `AppError` UPSTREAM_UNREACHABLE through the request's `error` event.
 */
export function openUpstreamRequest(
  upstream: UpstreamTarget,
  { method, target, headers, fresh }: UpstreamRequestOptions,
  clock: Clock,
): http.ClientRequest {
  const { protocol, hostname, port, pathname } = new URL(upstream.baseUrl)
  const isSecure = protocol === 'https:'
  const request = (isSecure ? https : http).request({
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    method,
    path: pathname === '/' ? target : pathname + target,
    headers,
    agent: fresh || isSecure ? false : keepAlive,
  })
  request.once('socket', (socket) => {
    if (!socket.connecting) return
    const timeout = clock.after(CONNECT_TIMEOUT_MS, () => request.destroy(unreachable(upstream.name)))
    socket.once('connect', () => timeout.cancel())
    socket.once('close', () => timeout.cancel())
  })
  return request
}
