import { askHttp } from '../dial/http-request.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

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

/**
 * GETs a JSON document of at most 4 MiB directly. Follows no redirects, since a key must not go elsewhere. Never
 * throws.
 */
export async function getJson(url: string, { timeoutMs, apiKey }: GetJsonOptions): Promise<JsonAnswer> {
  try {
    const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    const {
      status,
      headers: fields,
      body,
    } = await askHttp(new URL(url), { headers, timeoutMs, maxBytes: MAX_BYTES })
    const server = String(fields['server'] ?? '')
    const value = parseJson(body.toString())
    return status === 200 && value !== undefined
      ? { kind: 'json', value, server }
      : { kind: 'other', status, value, server }
  } catch (cause) {
    const isGone = GONE.has(systemErrorCode(cause))
    return { kind: 'silent', isGone }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
