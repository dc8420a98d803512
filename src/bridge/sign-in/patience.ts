import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'

export interface Patience {
  /** Somebody cancels. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * Does what a person has to take part in, until it is done, cancelled or too late.
 * @param work its signal is aborted when nobody waits for it any longer
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
    end.reject(new AppError('SIGN_IN_FAILED', 'Nobody finished signing in, so it was given up. Try again.')),
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
  return new AppError('SIGN_IN_FAILED', 'Signing in was cancelled.')
}
