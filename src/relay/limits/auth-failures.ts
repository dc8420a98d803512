import { type ErrorCode, toAppError } from '../../shared/errors.ts'
import { after, type Eventual, orElse } from '../../shared/eventual.ts'
import type { CreateLimiter, SlidingWindow } from './sliding-window.ts'

const WINDOW_S = 60
/** A client configured without a key retries constantly, but guesses nothing. */
const FACTOR_WITHOUT_CREDENTIAL = 10
const TEXT = 'Too many wrong keys or tokens from this address. Wait for the time given in Retry-After.'
const TEXT_WITHOUT =
  'Too many requests without a valid key or token from this address. Send a key, or wait for the time given in Retry-After.'

/** Errors that may indicate guessing. An expired token was valid once. */
const GUESSES: ReadonlySet<ErrorCode> = new Set(['KEY_UNKNOWN', 'CREDENTIAL_INVALID'])

/** Limits invalid and missing credentials by address. */
export class AuthFailures {
  readonly #limit: SlidingWindow | undefined
  /** Separate, so a client without a key does not lock out others at the same address. */
  readonly #withoutCredential: SlidingWindow | undefined

  /** @param maxFailures per minute, and ten times as many without a credential; 0 for no limit */
  constructor(maxFailures: number, createLimiter: CreateLimiter) {
    if (maxFailures === 0) return
    this.#limit = createLimiter('auth', maxFailures, WINDOW_S)
    this.#withoutCredential = createLimiter('auth-none', FACTOR_WITHOUT_CREDENTIAL * maxFailures, WINDOW_S)
  }

  /**
   * Verifies a credential, unless too many from this address were invalid.
   * @param address `undefined` if exempt
   * @throws AppError TOO_MANY_REQUESTS, and the error of `check`
   */
  guard<T>(address: string | undefined, check: () => Eventual<T>): Eventual<T> {
    const limit = this.#limit
    if (address === undefined || limit === undefined) return check()
    return after(limit.check(address, 'TOO_MANY_REQUESTS', TEXT), () =>
      orElse(check, (cause) =>
        after(this.#note(limit, address, toAppError(cause).code), () => {
          throw cause
        }),
      ),
    )
  }

  #note(limit: SlidingWindow, address: string, code: ErrorCode): Eventual<void> {
    if (GUESSES.has(code)) return limit.note(address)
    if (code === 'UNAUTHORIZED')
      return this.#withoutCredential?.take(address, 'TOO_MANY_REQUESTS', TEXT_WITHOUT)
  }
}
