import type { IncomingMessage } from 'node:http'
import {
  constants,
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { pairsOf, type RawHeaders } from '../shared/headers.ts'

/**
 * HTTP/2 requests and answers that behave as those of HTTP/1.1 do wherever the relay looks: node's compatibility API leaves some
 * differences.
 */

/** Has no pseudo fields but a Host, says so where a body of unknown length comes, and ends without its connection. */
export class Http1CompatRequest extends Http2ServerRequest {
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ConstructorParameters<typeof Http2ServerRequest>[2],
    rawHeaders: RawHeaders,
  ) {
    const isOpenEnded = !stream.endAfterHeaders && headers['content-length'] === undefined
    const implied = isOpenEnded ? { 'transfer-encoding': 'chunked' } : {}
    const fields = [...plainFields(rawHeaders), ...Object.entries(implied).flat()]
    super(stream, Object.assign(headers, implied), options, fields)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.stream.close(constants.NGHTTP2_NO_ERROR)
    callback(error)
  }
}

/** Is finished once all was handed over, can be seen to be over, and breaks off in a way that no client takes for an end. */
export class Http1CompatResponse extends Http2ServerResponse {
  constructor(stream: ServerHttp2Stream) {
    super(stream)
    stream.once('finish', () => this.emit('finish'))
    Object.defineProperty(this, 'destroyed', { get: () => stream.destroyed })
  }

  override destroy(): this {
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    return this
  }
}

export function isHttp2(request: IncomingMessage): boolean {
  return (request as unknown) instanceof Http2ServerRequest
}

function plainFields(fields: RawHeaders): string[] {
  const plain: string[] = []
  for (const [name, value] of pairsOf(fields)) {
    if (name === ':authority') plain.push('host', value)
    else if (!name.startsWith(':')) plain.push(name, value)
  }
  return plain
}
