import * as http from 'node:http'
import * as https from 'node:https'
import type { UpstreamKind } from '../../shared/announcement.ts'
import type { Clock } from '../../shared/clock.ts'
import { unreachable } from './upstream-failure.ts'
import { loadAuthorities } from '../dial/certificate-authorities.ts'

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
  /** Names of the models loaded in memory. */
  readonly loaded?: readonly string[]
}

export interface UpstreamRequestOptions {
  readonly method: string
  /** Path and query as authorized by the policy, without the base URL's path. */
  readonly target: string
  /** All headers, including `Host` and framing. */
  readonly headers: readonly string[]
}

/** The parts of a base URL that requests need. */
interface Location {
  readonly origin: string
  readonly host: string
  readonly isSecure: boolean
  readonly hostname: string
  readonly port: string
  /** Prepended to every target; may be empty. */
  readonly prefix: string
}

export const CONNECT_TIMEOUT_MS = 5_000

let lastBaseUrl: string | undefined
let lastLocation: Location | undefined

/** Caches the last result, since the model server rarely changes. */
export function locationOf(baseUrl: string): Location {
  if (lastLocation === undefined || lastBaseUrl !== baseUrl) {
    const { origin, host, protocol, hostname, port, pathname } = new URL(baseUrl)
    lastBaseUrl = baseUrl
    lastLocation = {
      origin,
      host,
      isSecure: protocol === 'https:',
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      prefix: pathname === '/' ? '' : pathname,
    }
  }
  return lastLocation
}

/**
 * Opens a request to the upstream on a separate socket, so closing it cancels only this request.
 * Only connecting has a deadline: a model may load for minutes before the first byte.
 * A failure to connect is reported as `AppError` UPSTREAM_UNREACHABLE through the request's `error` event.
 */
export function openUpstreamRequest(
  upstream: UpstreamTarget,
  { method, target, headers }: UpstreamRequestOptions,
  clock: Clock,
): http.ClientRequest {
  const { isSecure, hostname, port, prefix } = locationOf(upstream.baseUrl)
  if (isSecure) loadAuthorities()
  const request = (isSecure ? https : http).request({
    hostname,
    port,
    method,
    path: prefix + target,
    headers,
    agent: false,
  })
  request.once('socket', (socket) => {
    if (!socket.connecting) return
    const timeout = clock.after(CONNECT_TIMEOUT_MS, () => request.destroy(unreachable(upstream.name)))
    socket.once('connect', () => timeout.cancel())
    socket.once('close', () => timeout.cancel())
  })
  return request
}
