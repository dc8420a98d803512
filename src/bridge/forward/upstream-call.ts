import type { ClientRequest } from 'node:http'
import type { Clock } from '../../shared/clock.ts'
import type { AppError } from '../../shared/errors.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import type { Admitted } from './admission.ts'
import { bodyOf, type UpstreamAnswer } from './answer-body.ts'
import { requestHeadersFor, type Framing } from './headers.ts'
import { SharedRead } from './shared-read.ts'
import { failed, toUpstreamError } from './upstream-failure.ts'
import { locationOf, openUpstreamRequest, type UpstreamRequestOptions } from './upstream-request.ts'

export interface CallHandlers {
  answered(answer: UpstreamAnswer): void
  /** The complete body was sent and is no longer needed. */
  sent(): void
  /** There will be no response. */
  failed(error: AppError): void
}

/** An authorized request on its way to the upstream, until the response starts. */
export class UpstreamCall {
  readonly #head: RequestHead
  readonly #admitted: Admitted
  readonly #clock: Clock
  readonly #handlers: CallHandlers
  #request: ClientRequest | undefined
  #read: SharedRead | undefined
  #isAnswered = false
  #isClosed = false

  constructor(head: RequestHead, admitted: Admitted, clock: Clock, handlers: CallHandlers) {
    this.#head = head
    this.#admitted = admitted
    this.#clock = clock
    this.#handlers = handlers
  }

  /** Sends a request with a complete body. A read may use a shared socket, since it can safely be repeated. */
  send(framing: Framing, body: Uint8Array): void {
    if (this.#admitted.route.scope === 'read') this.#sendShared(framing, body)
    else this.#sendAlone(framing, body)
  }

  /** Starts a request on a separate socket. The caller writes the body. */
  open(framing: Framing): ClientRequest {
    const { upstream } = this.#admitted
    const request = openUpstreamRequest(upstream, this.#requestFor(framing), this.#clock)
    this.#request = request
    request.on('response', (response) => {
      const { statusCode: status = 0, rawHeaders: headers } = response
      this.#answered({ status, headers, body: bodyOf(response) })
    })
    request.on('error', (cause) => {
      // After a response has started, it reports failures itself; a broken upload after an early response is not an
      // error.
      if (!this.#isAnswered) this.#handlers.failed(toUpstreamError(cause, upstream.name))
    })
    // An unrequested protocol switch closes the request without a response or an error.
    request.on('close', () => {
      if (!this.#isAnswered) this.#handlers.failed(failed())
    })
    return request
  }

  /** @param isFailed whether the rest of the response is not wanted. A rest of the request never is. */
  close(isFailed: boolean): void {
    this.#isClosed = true
    if (isFailed) this.#read?.abort()
    if (isFailed || this.#request?.writableEnded === false) this.#request?.destroy()
  }

  #sendAlone(framing: Framing, body: Uint8Array): void {
    const request = this.open(framing)
    request.once('finish', () => this.#handlers.sent())
    request.end(body)
  }

  #sendShared(framing: Framing, body: Uint8Array): void {
    const { baseUrl, name } = this.#admitted.upstream
    this.#read = new SharedRead(baseUrl, this.#requestFor(framing), body, {
      answered: (answer) => {
        this.#handlers.sent()
        this.#answered(answer)
      },
      failed: (cause, wasBroken) => {
        if (this.#isClosed) return
        // The upstream may have closed the shared socket; retry on a new one.
        if (wasBroken) this.#sendAlone(framing, body)
        else this.#handlers.failed(toUpstreamError(cause, name))
      },
    })
  }

  #answered(answer: UpstreamAnswer): void {
    if (this.#isClosed) return
    this.#isAnswered = true
    this.#handlers.answered(answer)
  }

  #requestFor(framing: Framing): UpstreamRequestOptions {
    const { method, headers } = this.#head
    const { upstream, target } = this.#admitted
    const { host } = locationOf(upstream.baseUrl)
    return { method, target, headers: requestHeadersFor(headers, host, framing, upstream.apiKey) }
  }
}
