import http from 'node:http'
import https from 'node:https'
import { loadAuthorities } from './certificate-authorities.ts'

export interface HttpQuestion {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Direct by default. Node's global agents are never used: they may apply other proxy rules. */
  readonly agent?: http.Agent | undefined
  /** Deadline of the entire response. */
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Ignores what is beyond `maxBytes`, instead of failing. */
  readonly cutsBody?: boolean
  readonly signal?: AbortSignal | undefined
  readonly onHead?: () => void
  readonly onPiece?: (piece: Buffer) => void
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** The proxy did not open a tunnel to the destination. */
export class ProxyRefusal extends Error {
  readonly status: number

  constructor(status: number) {
    super(`the proxy responded to CONNECT with HTTP ${status}`)
    this.status = status
  }
}

/**
 * Sends a request for a small response. Follows no redirects, since a credential must not go elsewhere.
 * @throws ProxyRefusal, or Node's error unchanged; ETIMEDOUT after the deadline
 */
export function askHttp(url: URL, question: HttpQuestion): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body, agent, timeoutMs, signal, onHead } = question
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  const isSecure = url.protocol === 'https:'
  // A proxy may use TLS too.
  if (isSecure || agent !== undefined) loadAuthorities()
  const request = (isSecure ? https : http).request(url, {
    method,
    headers,
    agent: agent ?? false,
    ...(signal !== undefined && { signal }),
  })
  const fail = (cause: Error): void => {
    reject(cause)
    request.destroy()
  }
  const deadline = setTimeout(() => fail(tooLate(timeoutMs)), timeoutMs)
  request.on('error', reject)
  let hasHead = false
  request.on('response', (response) => {
    hasHead = true
    onHead?.()
    const { statusCode: status = 0, headers: fields } = response
    bodyOf(response, question).then((read) => resolve({ status, headers: fields, body: read }), fail)
  })
  // Without this, the agent turns a refusal into something that looks like the server's response.
  request.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
    if (statusCode !== 200) fail(new ProxyRefusal(statusCode))
  })
  // An unrequested protocol switch closes the request without a response or an error.
  request.on('close', () => {
    if (!hasHead) reject(new Error('closed without a response'))
  })
  request.end(body)
  return promise.finally(() => clearTimeout(deadline))
}

async function bodyOf(
  response: http.IncomingMessage,
  { maxBytes, cutsBody = false, onPiece }: HttpQuestion,
): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > maxBytes) {
      if (cutsBody) break
      throw new Error('the response is too long')
    }
    pieces.push(piece)
    onPiece?.(piece)
  }
  return Buffer.concat(pieces)
}

function tooLate(timeoutMs: number): Error {
  return Object.assign(new Error(`no response within ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' })
}
