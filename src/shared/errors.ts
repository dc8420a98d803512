/**
 * Every error that users, clients and operators can encounter, in one table. A test compares it with `docs/errors.md`.
 */
import { CLIENT_ERRORS } from './client-errors.ts'
import { DESKTOP_ERRORS } from './desktop-errors.ts'
import type { ErrorEntry } from './error-entry.ts'
import { TUNNEL_ERRORS } from './tunnel-errors.ts'
import { UPSTREAM_ERRORS } from './upstream-errors.ts'
import { wordingFor, wordsFor, type KeyedText, type Words } from './words.ts'

export const ERRORS = { ...CLIENT_ERRORS, ...UPSTREAM_ERRORS, ...TUNNEL_ERRORS, ...DESKTOP_ERRORS }

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS

/** Whether a value from another process is a code of the table. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(ERRORS, text)
}

/** The table's text with its advice. */
export function errorWords(code: ErrorCode): KeyedText {
  const { text, advice }: ErrorEntry = ERRORS[code]
  const english =
    advice === undefined
      ? text
      : { cli: `${text} ${wordingFor(advice, 'cli')}`, app: `${text} ${wordingFor(advice, 'app')}` }
  return { key: `error.${code}`, english, params: {} }
}

/**
 * The same with the technical reason, except in the app's window, which shows no system error codes or HTTP statuses.
 */
export function errorWordsWith(code: ErrorCode, reason: string): KeyedText {
  return errorWordsFor(code, `${wordsFor(errorWords(code), 'cli')} ({reason})`, reason)
}

/** @param cli the wording outside of the app's window */
function errorWordsFor(code: ErrorCode, cli: string, reason: string): KeyedText {
  const words = errorWords(code)
  return { ...words, english: { cli, app: wordsFor(words, 'app') }, params: { reason } }
}

/** Optional facts of an `AppError`. */
export interface AppErrorOptions {
  readonly cause?: unknown
  /** Seconds after which a retry makes sense, if not those of the table: becomes `Retry-After`. */
  readonly retryAfterS?: number
  /** The request's position in the queue, from one: becomes `x-queue-position` and `x-queue-length`. */
  readonly queue?: QueuePlace
}

export interface QueuePlace {
  readonly position: number
  readonly length: number
}

/** The only error class: a code of the table and, if helpful, one sentence about the specific case. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly retryAfterS: number | undefined
  readonly queue: QueuePlace | undefined

  readonly #detail: Words

  /**
   * @param detail replaces the table's text and advice. Must never contain secrets or content. Plain English is for
   * clients and terminals only: the window shows the table's text instead
   */
  constructor(code: ErrorCode, detail: Words = errorWords(code), options: AppErrorOptions = {}) {
    super(wordsFor(detail, 'cli'), { cause: options.cause })
    this.code = code
    this.#detail = detail
    this.retryAfterS = options.retryAfterS ?? (ERRORS[code] as ErrorEntry).retryAfterS
    this.queue = options.queue
  }

  /** The text for the app's window. `message` is the one for terminals, logs and API clients. */
  get words(): KeyedText {
    const detail = this.#detail
    return typeof detail === 'string' ? errorWordsFor(this.code, '{reason}', detail) : detail
  }

  get entry(): ErrorEntry {
    return ERRORS[this.code]
  }
}

/** Wraps any thrown value, and hides its message from the app's window. An `AppError` is returned unchanged. */
export function toAppError(cause: unknown, code: ErrorCode = 'INTERNAL'): AppError {
  if (cause instanceof AppError) return cause
  const reason = cause instanceof Error ? cause.message : ''
  return new AppError(code, reason === '' ? undefined : reason, { cause })
}

/** For the `default` of a switch over a union: a compile error when a case is missing. */
export function assertNever(value: never): never {
  throw new AppError('INTERNAL', `unexpected value: ${JSON.stringify(value)}`)
}
