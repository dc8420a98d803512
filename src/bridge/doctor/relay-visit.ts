import http from 'node:http'
import https from 'node:https'
import type { Clock } from '../../shared/clock.ts'
import type { ProxyRoute } from '../dial/proxy.ts'

/** A response of the relay, or of whatever server is in its place. */
export interface Visit {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** Local time when the head arrived, milliseconds since the epoch. */
  readonly answeredAt: number
  /** Time from the request to the head. */
  readonly rttMs: number
  /** Completion time of each body line, relative to the request. */
  readonly lineTimesMs: readonly number[]
}

/** The proxy did not open a tunnel to the relay. */
export class ProxyRefusal extends Error {
  readonly status: number

  constructor(status: number) {
    super(`the proxy responded to CONNECT with HTTP ${status}`)
    this.status = status
  }
}

export interface VisitOptions {
  readonly relayUrl: URL
  readonly route: ProxyRoute | null
  readonly clock: Clock
}

const TIMEOUT_MS = 10_000
const MAX_BODY_CHARS = 1024 * 1024

/**
 * Sends a small timed GET request to the relay.
 * @param path relative to the relay's URL
 * @throws ProxyRefusal, or Node's error unchanged, which `troubleFor` describes
 */
export async function visitRelay(
  options: VisitOptions,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Visit> {
  const { relayUrl, route, clock } = options
  const startedAt = clock.monotonic()
  const sinceStartMs = () => clock.monotonic() - startedAt
  const response = await open(new URL(path, relayUrl), route, fields)
  const head = { answeredAt: clock.now(), rttMs: sinceStartMs() }
  const lineTimesMs: number[] = []
  let body = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    body += chunk
    if (body.length > MAX_BODY_CHARS) break
    const lines = chunk.split('\n').length - 1
    lineTimesMs.push(...Array.from({ length: lines }, sinceStartMs))
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body, lineTimesMs, ...head }
}

function open(
  url: URL,
  route: ProxyRoute | null,
  headers: Readonly<Record<string, string>>,
): Promise<http.IncomingMessage> {
  const request = (url.protocol === 'https:' ? https : http).get(url, {
    // A separate agent: Node's global one may apply its own proxy rules.
    agent: route?.agent ?? false,
    timeout: TIMEOUT_MS,
    headers: { ...headers },
  })
  return new Promise((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
    request.on('timeout', () => request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
    // Without this, the agent turns a refusal into something that looks like the relay's response.
    request.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
      if (statusCode === 200) return
      reject(new ProxyRefusal(statusCode))
      request.destroy()
    })
  })
}
