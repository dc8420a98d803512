import type { Clock } from '../../shared/clock.ts'
import { askHttp } from './http-request.ts'
import { proxyFor } from './proxy.ts'

/** A small request with a text or form body, or none. */
export interface WebRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** Like `fetch`, for small responses. Does not follow redirects. */
export type WebFetch = (url: string, request?: WebRequest) => Promise<Response>

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 256 * 1024

/**
 * A `fetch` that uses the proxy in the environment, unlike Node's own.
 * @param timeoutMs deadline of the entire response
 */
export function createWebFetch(clock: Clock, timeoutMs = TIMEOUT_MS): WebFetch {
  return async (url, { method = 'GET', headers = {}, body, signal } = {}) => {
    const target = new URL(url)
    const isText = typeof body === 'string' || body instanceof URLSearchParams
    const answer = await askHttp(target, {
      method,
      headers,
      ...(isText && { body: body.toString() }),
      agent: proxyFor(target, clock)?.agent,
      timeoutMs,
      maxBytes: MAX_BODY_BYTES,
      signal,
    })
    const fields = Object.entries(answer.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ])
    const text = answer.body.toString()
    return new Response(text === '' ? null : text, { status: answer.status, headers: fields })
  }
}
