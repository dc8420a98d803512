import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { FlattenedSign } from 'jose/jws/flattened/sign'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import type { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { VERSION } from '../../shared/version.ts'
import {
  type AcmeProblem,
  type AcmeStage,
  type CertificateFacts,
  clockError,
  notAcmeError,
  problemError,
  unreachableError,
} from './acme-error.ts'
import {
  Authorization,
  authorizationProblem,
  Directory,
  Order,
  orderProblem,
  refusalIn,
  ResourceUrl,
} from './acme-message.ts'

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** Publishes and withdraws the answer to an HTTP-01 challenge. */
export interface ChallengeAnswers {
  set(token: string, answer: string): void
  delete(token: string): void
}

export interface AcmeClientOptions extends CertificateFacts {
  /** A key of the curve P-256. */
  readonly accountKey: KeyObject
  readonly email: string | undefined
  readonly answers: ChallengeAnswers
  readonly clock: Clock
  readonly signal: AbortSignal
}

const REQUEST_TIMEOUT_MS = 30_000
const HEADERS = { 'content-type': 'application/jose+json', 'user-agent': `cloudtolocalllm/${VERSION}` }
const MAX_ANSWER_BYTES = 1024 * 1024
const MAX_NONCE_RETRIES = 5
const POLL_MS = 1_000
const MAX_POLL_MS = 30_000
/** Less than the hour by which authorities backdate certificates. */
const MAX_SKEW_MS = 600_000
/** Some authorities take minutes to validate. */
const MAX_POLLS = 120

/** Obtains certificates from one authority (RFC 8555) by HTTP-01 challenges. */
export class AcmeClient {
  readonly #options: AcmeClientOptions
  readonly #jwk: JsonWebKey
  #directory: Directory | undefined
  #accountUrl: string | undefined
  #nonce: string | undefined

  constructor(options: AcmeClientOptions) {
    this.#options = options
    this.#jwk = createPublicKey(options.accountKey).export({ format: 'jwk' })
  }

  /**
   * @param request a certificate request in DER for the domain
   * @returns the chain in PEM
   * @throws AppError CERTIFICATE_UNAVAILABLE, or CONFIG_INVALID if only another setting helps
   */
  async obtain(request: Buffer): Promise<string> {
    await this.#register()
    const { orderUrl, order } = await this.#createOrder()
    for (const authorizationUrl of order.authorizations) await this.#authorize(authorizationUrl)
    const ready = await this.#settled(orderUrl, Order, ['pending'])
    if (ready.status === 'ready')
      await this.#post(order.finalize, { csr: request.toString('base64url') }, 'order')
    const issued = await this.#settled(orderUrl, Order, ['pending', 'ready', 'processing'])
    if (issued.certificate === undefined) throw this.#problem(orderProblem(issued), 'order')
    return (await this.#post(issued.certificate, undefined, 'order')).text
  }

  /** The authority returns an existing account for the same key. */
  async #register(): Promise<void> {
    const { email } = this.#options
    const { newAccount, meta } = await this.#readDirectory()
    if (meta?.externalAccountRequired === true)
      throw this.#problem({ type: 'externalAccountRequired', detail: '' }, 'account')
    const contact = email === undefined ? {} : { contact: [`mailto:${email}`] }
    this.#accountUrl = undefined
    const { headers } = await this.#post(newAccount, { termsOfServiceAgreed: true, ...contact }, 'account')
    this.#accountUrl = this.#locationIn(headers)
  }

  async #createOrder(): Promise<{ orderUrl: string; order: Order }> {
    const { newOrder } = await this.#readDirectory()
    const identifiers = [{ type: 'dns', value: this.#options.domain }]
    const { text, headers } = await this.#post(newOrder, { identifiers }, 'order')
    return { orderUrl: this.#locationIn(headers), order: this.#parse(Order, text) }
  }

  async #authorize(authorizationUrl: string): Promise<void> {
    const { text } = await this.#post(authorizationUrl, undefined, 'order')
    const { status, challenges } = this.#parse(Authorization, text)
    if (status === 'valid') return
    const challenge = challenges.find(({ type }) => type === 'http-01')
    if (challenge?.token === undefined) throw this.#notAcme('no HTTP-01 challenge')
    const { answers } = this.#options
    answers.set(challenge.token, `${challenge.token}.${await calculateJwkThumbprint(this.#jwk)}`)
    try {
      await this.#post(challenge.url, {}, 'challenge')
      const state = await this.#settled(authorizationUrl, Authorization, ['pending'])
      if (state.status !== 'valid') throw this.#problem(authorizationProblem(state), 'challenge')
    } finally {
      answers.delete(challenge.token)
    }
  }

  /** Polls until the state is none of the pending ones. */
  async #settled<T extends { readonly status: string }>(
    target: string,
    schema: z.ZodType<T>,
    pending: readonly string[],
  ): Promise<T> {
    for (let polls = 0; polls < MAX_POLLS; polls++) {
      const { text, headers } = await this.#post(target, undefined, 'order')
      const state = this.#parse(schema, text)
      if (!pending.includes(state.status)) return state
      const retryMs = 1_000 * Number(headers.get('retry-after'))
      await this.#pause(Math.min(retryMs > 0 ? retryMs : POLL_MS, MAX_POLL_MS))
    }
    throw this.#problem({ type: '', detail: 'validation takes too long' }, 'order')
  }

  #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#options
    return new Promise((resolve, reject) => {
      const give = (): void => {
        timer.cancel()
        reject(signal.reason as Error)
      }
      const timer = clock.after(ms, () => {
        signal.removeEventListener('abort', give)
        resolve()
      })
      signal.addEventListener('abort', give, { once: true })
    })
  }

  async #readDirectory(): Promise<Directory> {
    if (this.#directory !== undefined) return this.#directory
    const answer = await this.#send(this.#options.directoryUrl)
    if (answer.status === 429 || answer.status >= 500) throw this.#problem(this.#refusalIn(answer), 'order')
    this.#checkClock(answer.headers)
    return (this.#directory = this.#parse(Directory, answer.text))
  }

  /** With a wrong clock a new certificate would not be valid, and every retry would use up another. */
  #checkClock(headers: Headers): void {
    const theirs = Date.parse(headers.get('date') ?? '')
    const now = this.#options.clock.now()
    if (Math.abs(theirs - now) > MAX_SKEW_MS) throw clockError(this.#options, theirs, now)
  }

  /** A signed request; without a payload it reads the resource (RFC 8555, section 6.3). */
  async #post(target: string, payload: object | undefined, stage: AcmeStage): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      const answer = await this.#send(target, await this.#signed(target, payload))
      if (answer.status < 400) return answer
      const problem = this.#refusalIn(answer)
      if (problem.type !== 'badNonce' || tries >= MAX_NONCE_RETRIES) throw this.#problem(problem, stage)
    }
  }

  async #signed(target: string, payload: object | undefined): Promise<string> {
    const { newNonce } = await this.#readDirectory()
    if (this.#nonce === undefined) await this.#send(newNonce, undefined, 'HEAD')
    const nonce = this.#nonce
    if (nonce === undefined) throw this.#notAcme('no nonce')
    // A nonce is valid once.
    this.#nonce = undefined
    const { x, y } = this.#jwk
    const sender =
      this.#accountUrl === undefined ? { jwk: { kty: 'EC', crv: 'P-256', x, y } } : { kid: this.#accountUrl }
    const bytes = Buffer.from(payload === undefined ? '' : JSON.stringify(payload))
    const signed = new FlattenedSign(bytes).setProtectedHeader({
      alg: 'ES256',
      nonce,
      url: target,
      ...sender,
    })
    return JSON.stringify(await signed.sign(this.#options.accountKey))
  }

  async #send(target: string, body?: string, method = body === undefined ? 'GET' : 'POST'): Promise<Answer> {
    const signal = AbortSignal.any([this.#options.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)])
    const init = { method, headers: HEADERS, signal, redirect: 'error', ...(body && { body }) } as const
    try {
      const response = await fetch(target, init)
      const { status, headers } = response
      this.#nonce = headers.get('replay-nonce') ?? this.#nonce
      return { status, headers, text: await this.#textOf(response) }
    } catch (cause) {
      if (cause instanceof AppError || this.#options.signal.aborted) throw cause
      throw unreachableError(codeOf(cause), this.#options, this.#options.clock.now())
    }
  }

  async #textOf({ body }: Response): Promise<string> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of body ?? []) {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) throw this.#notAcme('an endless response')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  }

  #refusalIn({ text, status, headers }: Answer): AcmeProblem {
    return refusalIn(text, status, headers, this.#options.clock.now())
  }

  #locationIn(headers: Headers): string {
    return this.#parse(ResourceUrl, JSON.stringify(headers.get('location')))
  }

  #parse<T>(schema: z.ZodType<T>, text: string): T {
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      throw this.#notAcme(cause)
    }
  }

  #problem(problem: AcmeProblem, stage: AcmeStage): AppError {
    return problemError(problem, stage, this.#options, this.#options.clock.now())
  }

  #notAcme(cause: unknown): AppError {
    return notAcmeError(this.#options, cause)
  }
}

/** Node's code, which fetch hides in a cause. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  return error instanceof Error ? error.name : 'unknown'
}
