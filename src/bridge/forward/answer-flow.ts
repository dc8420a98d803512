import { pipeline, type Readable } from 'node:stream'
import type { BodyAllowance } from '../../shared/body-memory.ts'
import { readAll } from '../../shared/byte-queue.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import { headerOf, type RawHeaders, withoutHeader } from '../../shared/headers.ts'
import type { Route } from '../../shared/routes.ts'
import type { Grant } from '../policy/grant.ts'
import { filterAnswer, listsTooMuch, maxDescriptionBytesFor, needsFilter } from '../policy/model-list.ts'
import {
  encodedHeaders,
  encoderFor,
  isEncodable,
  MIN_ENCODED_BYTES,
  type AnswerEncoding,
} from './answer-encoding.ts'
import { bodyOf, type AnswerBody, type UpstreamAnswer } from './answer-body.ts'
import { responseHeadersFor } from './headers.ts'
import { SecretMask } from './secret-mask.ts'
import { failed, unauthorized } from './upstream-failure.ts'
import type { UpstreamTarget } from './upstream-request.ts'

/** Receives a response. */
export interface AnswerSink {
  /** @param error if the bridge itself is responding */
  head(status: number, headers: RawHeaders, error?: ErrorCode): void
  /** @returns false if no more should be written until `resume` */
  write(chunk: Uint8Array): boolean
  end(): void
  fail(cause: unknown): void
}

export interface AnswerOptions {
  readonly grant: Grant
  readonly route: Route
  readonly upstream: UpstreamTarget
  readonly method: string
  /** The accepted encoding; `null` for none. */
  readonly encoding: AnswerEncoding | null
  readonly memory: BodyAllowance
  /** Observes the body as sent by the upstream. */
  readonly watch: (chunk: Uint8Array) => void
  readonly sink: AnswerSink
}

/** An upstream's response: filtered, masked and encoded where needed, otherwise byte for byte. */
export class AnswerFlow {
  readonly #answer: UpstreamAnswer
  readonly #options: AnswerOptions
  #body: AnswerBody

  constructor(answer: UpstreamAnswer, options: AnswerOptions) {
    this.#answer = answer
    this.#options = options
    const { apiKey } = options.upstream
    // Fails and is destroyed together with the response.
    this.#body =
      apiKey === undefined
        ? answer.body
        : bodyOf(pipeline(answer.body.toStream(), new SecretMask(apiKey), () => {}))
  }

  start(): void {
    const { grant, route, upstream, method, sink } = this.#options
    const { status, headers: rawHeaders } = this.#answer
    // From an OpenAI-compatible server this is about the bridge's key, which the client cannot fix.
    if (status === 401 && upstream.kind === 'openai') return sink.fail(unauthorized(upstream.name))
    if (status < 200 || status > 599) return sink.fail(failed())
    const headers = responseHeadersFor(rawHeaders, upstream.apiKey)
    const isKept = status === 200 ? needsFilter(grant, route) : listsTooMuch(grant, route)
    if (isKept && method === 'HEAD') this.#pass(status, withoutHeader(headers, 'content-length'))
    else if (isKept) this.#passFiltered().catch((cause: unknown) => sink.fail(cause))
    else if (this.#options.encoding === null || method === 'HEAD' || !isEncodable(status, headers))
      this.#pass(status, headers)
    else
      this.#passEncoded(headers, this.#options.encoding).catch((cause: unknown) => sink.fail(failed(cause)))
  }

  /** The sink accepts data again. */
  resume(): void {
    this.#body.resume()
  }

  #pass(status: number, headers: RawHeaders): void {
    this.#options.sink.head(status, headers)
    this.#send(this.#options.watch)
  }

  async #passFiltered(): Promise<void> {
    const { grant, route, sink } = this.#options
    const bytes = filterAnswer(grant, route, await this.#readWhole())
    sink.head(200, ['Content-Type', 'application/json', 'Content-Length', String(bytes.length)])
    sink.write(bytes)
    sink.end()
  }

  async #readWhole(): Promise<Uint8Array> {
    const { status, headers } = this.#answer
    const { route, memory } = this.#options
    if (status !== 200 || headerOf(headers, 'content-encoding') !== undefined) throw failed()
    return readAll(this.#body.toStream(), maxDescriptionBytesFor(route), memory).catch((cause: unknown) => {
      throw failed(cause)
    })
  }

  /** Passes the body encoded, unless it turns out to be small. */
  async #passEncoded(headers: RawHeaders, encoding: AnswerEncoding): Promise<void> {
    const { watch, sink } = this.#options
    const body = this.#body.toStream()
    const { chunks, isWhole } = await beginningOf(body, MIN_ENCODED_BYTES)
    for (const chunk of chunks) watch(chunk)
    if (isWhole) {
      sink.head(200, headers)
      for (const chunk of chunks) sink.write(chunk)
      return sink.end()
    }
    sink.head(200, encodedHeaders(headers, encoding))
    const encoder = encoderFor(encoding)
    for (const chunk of chunks) encoder.write(chunk)
    body.on('data', watch)
    this.#body = bodyOf(pipeline(body, encoder, () => {}))
    this.#send(() => {})
  }

  #send(watch: AnswerOptions['watch']): void {
    const { sink } = this.#options
    const body = this.#body
    body.read({
      data(chunk) {
        watch(chunk)
        if (!sink.write(chunk)) body.pause()
      },
      end: () => sink.end(),
      error: (cause) => sink.fail(failed(cause)),
    })
  }
}

/** The first bytes of a body, which is then paused, or the whole body if it ends. */
function beginningOf(
  body: Readable,
  minBytes: number,
): Promise<{ readonly chunks: readonly Uint8Array[]; readonly isWhole: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    const onEnd = (): void => resolve({ chunks, isWhole: true })
    const onData = (chunk: Uint8Array): void => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes < minBytes) return
      body.pause()
      body.off('data', onData)
      body.off('end', onEnd)
      resolve({ chunks, isWhole: false })
    }
    body.on('data', onData)
    body.on('end', onEnd)
    body.on('error', reject)
  })
}
