import type { ChatPorts } from './ports.ts'

export interface RelayRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** JSON. */
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

/** Sends a request of the page to the relay's API with the key. Rejects if there is no response. */
export function requestRelay(
  { request }: Pick<ChatPorts, 'request'>,
  key: string,
  path: string,
  { method = 'GET', headers, body, signal }: RelayRequest = {},
): Promise<Response> {
  return request(path, {
    method,
    headers: {
      ...headers,
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    cache: 'no-store',
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  })
}
