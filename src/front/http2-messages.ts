import type { IncomingMessage } from 'node:http'
import {
  constants,
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { pairsOf, type RawHeaders } from '../shared/headers.ts'

/** HTTP/2 requests and responses that behave like HTTP/1.1 where Node's compatibility API differs. */

/** Replaces pseudo fields by a Host, marks bodies of unknown length, and ends independently of its connection. */
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

/** Finishes once everything was handed over, reports its end, and resets the stream when aborted. */
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
