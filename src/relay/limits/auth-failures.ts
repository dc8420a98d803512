import { type ErrorCode, toAppError } from '../../shared/errors.ts'
import { after, type Eventual, orElse } from '../../shared/eventual.ts'
import type { CreateLimiter, SlidingWindow } from './sliding-window.ts'

const WINDOW_S = 60
/** A client that was set up without a key asks again and again, and guesses nothing. */
const FACTOR_WITHOUT_CREDENTIAL = 10
const TEXT = 'Too many wrong keys or tokens from this address. Wait as long as Retry-After says.'
const TEXT_WITHOUT =
  'Too many requests without a valid key or token from this address. Send a key, or wait as long as Retry-After says.'

/** Somebody may have guessed. A token that has expired was good once. */
const GUESSES: ReadonlySet<ErrorCode> = new Set(['KEY_UNKNOWN', 'CREDENTIAL_INVALID'])

/** Slows down who tries keys and tokens, and who shows none, by address. */
export class AuthFailures {
  readonly #limit: SlidingWindow | undefined
  /** Of its own: a client that was set up without a key must not lock out others at the same address. */
  readonly #withoutCredential: SlidingWindow | undefined

  /** @param maxFailures a minute, and ten times as many without any credential; 0 = no limit */
  constructor(maxFailures: number, createLimiter: CreateLimiter) {
    if (maxFailures === 0) return
    this.#limit = createLimiter('auth', maxFailures, WINDOW_S)
    this.#withoutCredential = createLimiter('auth-none', FACTOR_WITHOUT_CREDENTIAL * maxFailures, WINDOW_S)
  }

  /**
   * Judges a credential, unless too many from there were wrong.
   * @param address `undefined` = not to be limited
   * @throws AppError TOO_MANY_REQUESTS, and what `judge` throws
   */
  guard<T>(address: string | undefined, judge: () => Eventual<T>): Eventual<T> {
    const limit = this.#limit
    if (address === undefined || limit === undefined) return judge()
    return after(limit.check(address, 'TOO_MANY_REQUESTS', TEXT), () =>
      orElse(judge, (cause) =>
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
