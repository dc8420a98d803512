import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface RawRequestOptions {
  readonly method?: string
  /** Sent as it is: `fetch` would tidy it up. */
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent with its length. */
  readonly body?: string | Uint8Array
}

/** A response before any decoding, joining or renaming. */
export interface RawResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** The body as JSON. */
  json(): unknown
}

/** Sends a request without the processing of `fetch`: no decoding, no added headers except Host, User-Agent and the framing. */
export async function rawRequest(origin: string, options: RawRequestOptions = {}): Promise<RawResponse> {
  const { method = 'GET', target = '/', headers = {}, body } = options
  const { hostname, port } = new URL(origin)
  // As bytes: node would write a text and the headers before it in one encoding, the text's.
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const framing = bytes === undefined ? {} : { 'content-length': String(bytes.length) }
  const fields = { 'user-agent': 'raw', ...headers, ...framing }
  const request = httpRequest({ hostname, port, method, path: target, headers: fields, agent: false })
  request.end(bytes)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = await response.toArray()
  const whole = Buffer.concat(chunks)
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    body: whole,
    json: () => JSON.parse(whole.toString()),
  }
}

/** The values of every field with this (lower-case) name, in their order. */
export function fieldsOf({ rawHeaders }: Pick<RawResponse, 'rawHeaders'>, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}
