import { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import { loadAuthorities } from '../dial/certificate-authorities.ts'
import type { AnswerBody, BodyReader, UpstreamAnswer } from './answer-body.ts'
import { CONNECT_TIMEOUT_MS, locationOf, type UpstreamRequestOptions } from './upstream-request.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

/** Only connecting has a deadline: some servers load a model before they describe it. */
const agent = new Agent({
  allowH2: false,
  bodyTimeout: 0,
  connect: { timeout: CONNECT_TIMEOUT_MS },
  headersTimeout: 0,
})

export interface ReadListener {
  answered(answer: UpstreamAnswer): void
  /** No response. @param wasBroken an established connection broke, possibly one that the server closed for being idle */
  failed(cause: Error, wasBroken: boolean): void
}

/** A request with a complete body, over a connection that is shared with earlier and later reads. */
export class SharedRead implements Dispatcher.DispatchHandler, AnswerBody {
  readonly #listener: ReadListener
  #controller: Dispatcher.DispatchController | undefined
  #reader: BodyReader | undefined
  #isAborted = false
  #isAnswered = false

  constructor(
    baseUrl: string,
    { method, target, headers }: UpstreamRequestOptions,
    body: Uint8Array,
    listener: ReadListener,
  ) {
    this.#listener = listener
    const { isSecure, origin, prefix } = locationOf(baseUrl)
    if (isSecure) loadAuthorities()
    // undici's type is mutable, but it does not modify the headers.
    agent.dispatch({ origin, path: prefix + target, method, headers: headers as string[], body }, this)
  }

  /** Closes the connection, unless the response is complete. The listener is not called. */
  abort(): void {
    this.#isAborted = true
    this.#controller?.abort(new Error('aborted'))
  }

  // Called by undici.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isAborted) this.abort()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Skip interim responses.
    if (status < 200) return
    this.#isAnswered = true
    const headers = (controller.rawHeaders as Buffer[]).map((text) => text.toString('latin1'))
    this.#listener.answered({ status, headers, body: this })
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#reader?.data(chunk)
  }

  onResponseEnd(): void {
    this.#reader?.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    if (this.#isAborted) return
    if (this.#isAnswered) this.#reader?.error(cause)
    else this.#listener.failed(cause, isBroken(cause))
  }

  // The response body.

  read(reader: BodyReader): void {
    this.#reader = reader
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  toStream(): Readable {
    const stream = new Readable({
      read: () => this.resume(),
      destroy: (cause, done) => {
        this.abort()
        done(cause)
      },
    })
    this.read({
      data: (chunk) => {
        if (!stream.push(chunk)) this.pause()
      },
      end: () => stream.push(null),
      error: (cause) => stream.destroy(cause),
    })
    return stream
  }
}

function isBroken(cause: Error): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(systemErrorCode(cause) ?? '')
}
