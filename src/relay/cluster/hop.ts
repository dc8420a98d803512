import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request as ask } from 'node:https'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError, isErrorCode, toAppError } from '../../shared/errors.ts'
import { breakOff } from '../../front/broken-answer.ts'
import { HOP_FIELD, type UpstreamContext } from '../../front/request-context.ts'
import { MAYBE_ELSEWHERE } from '../routing/remote-relays.ts'
import type { DestinationElsewhere } from '../routing/router.ts'
import { answerFieldsFor, endToEnd } from './hop-fields.ts'
import { hopClientTls } from './hop-tls.ts'
import { hasBody, withoutHeader } from '../../shared/headers.ts'

/** Parameters of passing a request to another replica. */
export interface HopOptions {
  readonly clock: Clock
  readonly agent: Agent
  /** The other replica's internal URL. */
  readonly url: string
  /** The value of the pass header. */
  readonly pass: string
  /** The chosen device, and the part of the body read for the choice. */
  readonly chosen?: DestinationElsewhere | undefined
  /** Time without data in either direction. */
  readonly idleTimeoutMs: number
}

const CONNECT_MS = 3_000
/** Timeout of the TLS handshake, sufficient on a busy machine. */
const HANDSHAKE_MS = 5_000
/** Timeout of acceptance; afterwards the other replica enforces timeouts. A request may be queued there. */
const TAKE_MS = 30_000
const PROBE_AFTER_MS = 5_000
const HAS_NO_BODY = /^(?:GET|HEAD|DELETE|OPTIONS|TRACE)$/

/**
 * One connection pool for all hops of a relay: every connection serves one request at a time.
 * @param secret `SigningKey.hopTlsSecret`
 */
export function createHopAgent(secret: Uint8Array): Agent {
  return new Agent({ keepAlive: true, scheduling: 'lifo', ...hopClientTls(secret) })
}

/**
 * A request passed on to another replica. Its body is sent only after that replica has accepted it with `102
 * Processing`: until then it can be rerouted.
 */
export class Hop {
  readonly #client: UpstreamContext
  readonly #options: HopOptions
  readonly #outgoing: ClientRequest
  readonly #settled = Promise.withResolvers<AppError | undefined>()
  readonly #onClientGone = (): void => void this.#outgoing.destroy()
  #timer: Timer | undefined
  #isTaken = false
  #isLate = false
  /** The pooled connection was already closed. */
  #isStale = false
  #answer: IncomingMessage | undefined

  private constructor(client: UpstreamContext, options: HopOptions) {
    this.#client = client
    this.#options = options
    const { request } = client
    this.#outgoing = ask(options.url, {
      method: request.method,
      path: request.url,
      agent: options.agent,
      headers: [...fieldsFor(request, options.chosen), HOP_FIELD, options.pass, ...framing(request)],
    })
  }

  /**
   * Resolves once the other replica's response has begun, or with the reason for its refusal.
   * @throws AppError if it accepts the request and then fails
   */
  static async send(client: UpstreamContext, options: HopOptions): Promise<AppError | undefined> {
    const hop = new Hop(client, options)
    const refusal = await hop.#start()
    return refusal !== undefined && hop.#isStale ? new Hop(client, options).#start() : refusal
  }

  #start(): Promise<AppError | undefined> {
    const { idleTimeoutMs } = this.#options
    const outgoing = this.#outgoing
    this.#wait(CONNECT_MS)
    outgoing.on('socket', (socket) => {
      // TCP keepalive detects a machine that vanishes.
      socket.setKeepAlive(true, PROBE_AFTER_MS)
      if (outgoing.reusedSocket) return this.#connected()
      socket.once('connect', () => this.#wait(HANDSHAKE_MS))
      socket.once('secureConnect', () => this.#connected())
    })
    outgoing.on('information', ({ statusCode }) => {
      if (statusCode === 102) this.#taken()
    })
    outgoing.on('continue', () => this.#continue())
    outgoing.on('response', (answer) => this.#onAnswer(answer))
    outgoing.on('error', () => {})
    outgoing.on('close', () => this.#onClosed())
    outgoing.setTimeout(idleTimeoutMs, () => outgoing.destroy())
    this.#client.response.on('close', this.#onClientGone)
    if (hasBody(this.#client.request.headers)) outgoing.flushHeaders()
    else outgoing.end()
    return this.#settled.promise
  }

  #connected(): void {
    if (this.#isTaken) this.#timer?.cancel()
    else this.#wait(TAKE_MS)
  }

  #wait(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(ms, () => this.#late())
  }

  #late(): void {
    this.#isLate = true
    this.#outgoing.destroy()
  }

  /** The other replica has accepted the request. */
  #taken(): void {
    if (this.#isTaken) return
    this.#isTaken = true
    this.#timer?.cancel()
    if (hasBody(this.#client.request.headers) && !this.#client.expectsContinue) this.#sendBody()
  }

  #continue(): void {
    const { expectsContinue, response } = this.#client
    if (!this.#isTaken || !expectsContinue || response.headersSent) return
    response.writeContinue()
    this.#sendBody()
  }

  #sendBody(): void {
    const held = this.#options.chosen?.held?.bytes
    for (let bytes = held?.shift(); bytes !== undefined; bytes = held?.shift())
      if (!this.#outgoing.write(bytes)) return void this.#outgoing.once('drain', () => this.#sendBody())
    this.#client.request.pipe(this.#outgoing)
  }

  #onAnswer(answer: IncomingMessage): void {
    answer.on('error', () => {})
    const refusal = this.#isTaken ? undefined : refusalIn(answer)
    if (refusal !== undefined) return this.#refused(answer, refusal)
    this.#taken()
    this.#answer = answer
    const { response, commonHeaders } = this.#client
    try {
      response.writeHead(answer.statusCode ?? 502, answerFieldsFor(answer, commonHeaders))
    } catch (cause) {
      answer.destroy()
      return this.#settled.reject(toAppError(cause))
    }
    this.#settled.resolve(undefined)
    // Together with a body in the same tick, otherwise alone.
    this.#options.clock.soon(() => {
      if (!response.writableEnded) response.flushHeaders()
    })
    answer.pipe(response)
    answer.on('close', () => this.#answered(answer))
  }

  /** The connection can be reused, unless it has an announced body that is not sent. */
  #refused(answer: IncomingMessage, refusal: AppError): void {
    this.#answer = answer
    this.#leave(refusal)
    if (hasBody(this.#client.request.headers)) this.#outgoing.destroy()
    else answer.resume()
  }

  #answered(answer: IncomingMessage): void {
    const { request, response } = this.#client
    if (!answer.complete) breakOff(response, this.#options.clock)
    if (request.complete) return
    request.unpipe(this.#outgoing)
    this.#outgoing.destroy()
  }

  /** The other replica has disconnected, or the response is no longer needed. */
  #onClosed(): void {
    const isOver = this.#answer !== undefined || this.#client.response.destroyed
    const wasTaken = this.#isTaken
    this.#isStale = this.#outgoing.reusedSocket && !wasTaken && !this.#isLate
    if (!isOver && wasTaken) {
      this.#client.request.unpipe(this.#outgoing)
      this.#settled.reject(new AppError('TUNNEL_LOST'))
    }
    this.#leave(isOver ? undefined : new AppError('OFFLINE'))
  }

  #leave(refusal: AppError | undefined): void {
    this.#timer?.cancel()
    this.#client.response.off('close', this.#onClientGone)
    this.#settled.resolve(refusal)
  }
}

/** The client's headers, with the chosen device instead of the client's pin. */
function fieldsFor({ rawHeaders }: IncomingMessage, chosen: HopOptions['chosen']): string[] {
  const fields = endToEnd(rawHeaders)
  if (chosen === undefined) return fields
  return [...withoutHeader(fields, 'x-device'), 'x-device', chosen.device.id]
}

/** Node would add its own framing, and a request without a body must not get an empty chunked one. */
function framing(request: IncomingMessage): string[] {
  if (request.headers['transfer-encoding'] !== undefined) return ['transfer-encoding', 'chunked']
  const isPlain = request.headers['content-length'] !== undefined || HAS_NO_BODY.test(request.method ?? '')
  return isPlain ? [] : ['content-length', '0']
}

function refusalIn({ headers }: IncomingMessage): AppError | undefined {
  const code = headers[HOP_FIELD]
  if (!isErrorCode(code) || !MAYBE_ELSEWHERE.has(code)) return undefined
  const retryAfterS = Number(headers['retry-after'])
  return new AppError(code, undefined, retryAfterS > 0 ? { retryAfterS } : {})
}
