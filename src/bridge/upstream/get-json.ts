import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { readAll } from '../../shared/byte-queue.ts'

const decoder = new TextDecoder()
const MAX_BYTES = 4 * 1024 * 1024

/** A response, reduced to what matters here. */
export type JsonAnswer =
  /** 200 with JSON. */
  | { readonly kind: 'json'; readonly value: unknown; readonly server: string }
  /** Any other complete response. `value` is its JSON, or `undefined`. */
  | { readonly kind: 'other'; readonly status: number; readonly value: unknown; readonly server: string }
  /**
   * No complete response: reset, too slow, too large. `isGone`: nothing listens there; otherwise the server's state is
   * unknown.
   */
  | { readonly kind: 'silent'; readonly isGone: boolean }

export interface GetJsonOptions {
  readonly timeoutMs: number
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey?: string | undefined
}

const GONE: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'])

// Separate agents: Node's global ones use HTTP_PROXY with NODE_USE_ENV_PROXY.
const httpAgent = new HttpAgent()
const httpsAgent = new HttpsAgent()

/**
 * GETs a JSON document of at most 4 MiB directly. Follows no redirects, since a key must not go elsewhere. Never
 * throws.
 */
export async function getJson(url: string, { timeoutMs, apiKey }: GetJsonOptions): Promise<JsonAnswer> {
  try {
    const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    const response = await open(url, headers, AbortSignal.timeout(timeoutMs))
    const { statusCode: status = 0, headers: fields } = response
    const server = String(fields['server'] ?? '')
    const value = parseJson(decoder.decode(await readAll(response, MAX_BYTES)))
    return status === 200 && value !== undefined
      ? { kind: 'json', value, server }
      : { kind: 'other', status, value, server }
  } catch (cause) {
    const isGone = cause instanceof Error && 'code' in cause && GONE.has(cause.code)
    return { kind: 'silent', isGone }
  }
}

function open(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  const isTls = url.startsWith('https:')
  const options = { agent: isTls ? httpsAgent : httpAgent, headers, signal }
  return new Promise((resolve, reject) => {
    const request = (isTls ? httpsRequest : httpRequest)(url, options, resolve)
    request.on('error', reject)
    // An unrequested protocol switch closes the request without a response or an error.
    request.on('close', () => reject(new Error('closed')))
    request.end()
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
