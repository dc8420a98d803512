import { toAppError, type ErrorCode } from '../../shared/errors.ts'
import type { CreateLimiter, SlidingWindow } from './sliding-window.ts'

const WINDOW_S = 60
const TEXT = 'Too many wrong keys or tokens from this address. Wait as long as Retry-After says.'

/** Somebody may have guessed. A token that has expired was good once. */
const GUESSES: ReadonlySet<ErrorCode> = new Set(['KEY_UNKNOWN', 'CREDENTIAL_INVALID'])

/** Slows down who tries keys and tokens, by address. */
export class AuthFailures {
  readonly #limit: SlidingWindow | undefined

  /** @param maxFailures a minute; 0 = no limit */
  constructor(maxFailures: number, createLimiter: CreateLimiter) {
    this.#limit = maxFailures === 0 ? undefined : createLimiter('auth', maxFailures, WINDOW_S)
  }

  /**
   * Judges a credential, unless too many from there were wrong.
   * @param address `undefined` = not to be limited
   * @throws AppError TOO_MANY_REQUESTS, and what `judge` throws
   */
  async guard<T>(address: string | undefined, judge: () => Promise<T>): Promise<T> {
    if (address === undefined || this.#limit === undefined) return judge()
    await this.#limit.check(address, 'TOO_MANY_REQUESTS', TEXT)
    try {
      return await judge()
    } catch (cause) {
      if (GUESSES.has(toAppError(cause).code)) await this.#limit.note(address)
      throw cause
    }
  }
}
