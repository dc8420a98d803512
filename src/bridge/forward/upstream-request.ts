import * as http from 'node:http'
import * as https from 'node:https'
import type { UpstreamKind } from '../../shared/announcement.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'

/** The model server to forward to. */
export interface UpstreamTarget {
  /** As `http://127.0.0.1:11434`. */
  readonly origin: string
  readonly kind: UpstreamKind
  /** Names of the models that it is known to have. */
  readonly models?: readonly string[]
}

export interface UpstreamRequestOptions {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** All of them, `Host` and framing included. */
  readonly headers: readonly string[]
  /** On a socket of its own, so that closing it cancels this request and nothing else. */
  readonly fresh: boolean
}

const CONNECT_TIMEOUT_MS = 5_000

const keepAlive = new http.Agent({ keepAlive: true, maxFreeSockets: 64 })

/**
 * Opens a request to the upstream. Only connecting has a deadline: a model may load for minutes before the first byte.
 * A socket that never connected is reported as `AppError` UPSTREAM_UNREACHABLE through the request's `error` event.
 */
export function openUpstreamRequest(
  { origin }: UpstreamTarget,
  { method, target, headers, fresh }: UpstreamRequestOptions,
  clock: Clock,
): http.ClientRequest {
  const { protocol, hostname, port } = new URL(origin)
  const isSecure = protocol === 'https:'
  const request = (isSecure ? https : http).request({
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    method,
    path: target,
    headers,
    agent: fresh || isSecure ? false : keepAlive,
  })
  request.once('socket', (socket) => {
    if (!socket.connecting) return
    const timeout = clock.after(CONNECT_TIMEOUT_MS, () =>
      request.destroy(new AppError('UPSTREAM_UNREACHABLE')),
    )
    socket.once('connect', () => timeout.cancel())
    socket.once('close', () => timeout.cancel())
  })
  return request
}
