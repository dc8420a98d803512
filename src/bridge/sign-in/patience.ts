import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'

export interface Patience {
  /** Cancels the sign-in. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * Runs work that needs the user, until it completes, is cancelled or times out.
 * @param work its signal is aborted when the result is no longer needed
 * @throws AppError SIGN_IN_FAILED
 */
export async function withPatience<T>(
  { signal, clock, timeoutMs }: Patience,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const end = Promise.withResolvers<never>()
  const cancel = (): void => end.reject(cancelled())
  const timer = clock.after(timeoutMs, () =>
    end.reject(new AppError('SIGN_IN_FAILED', errorCase('case.signIn.late'))),
  )
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    return await Promise.race([end.promise, work(over.signal)])
  } finally {
    over.abort()
    timer.cancel()
    signal.removeEventListener('abort', cancel)
  }
}

export function cancelled(): AppError {
  return new AppError('SIGN_IN_FAILED', errorCase('case.signIn.cancelled'))
}
