import http from 'node:http'
import https from 'node:https'
import type { Clock } from '../../shared/clock.ts'
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
 * @param timeoutMs idle timeout
 */
export function createWebFetch(clock: Clock, timeoutMs = TIMEOUT_MS): WebFetch {
  return async (url, { method = 'GET', headers = {}, body, signal } = {}) => {
    const target = new URL(url)
    const request = (target.protocol === 'https:' ? https : http).request(target, {
      method,
      headers,
      agent: proxyFor(target, clock)?.agent,
      timeout: timeoutMs,
      ...(signal !== undefined && { signal }),
    })
    request.on('timeout', () => request.destroy(new Error(`no response within ${timeoutMs / 1000} s`)))
    request.end(typeof body === 'string' || body instanceof URLSearchParams ? body.toString() : undefined)
    return toResponse(await answerTo(request))
  }
}

function answerTo(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject)
  })
}

async function toResponse(message: http.IncomingMessage): Promise<Response> {
  const { statusCode: status = 500, headers } = message
  let body = ''
  for await (const chunk of message.setEncoding('utf8') as AsyncIterable<string>) {
    body += chunk
    if (body.length > MAX_BODY_BYTES) throw new Error('the response is too long')
  }
  const fields = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])
  return new Response(body === '' ? null : body, { status, headers: fields })
}
