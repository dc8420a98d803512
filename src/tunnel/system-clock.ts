import type { MonotonicMs, WallMs } from '../shared/brands.ts'
import type { Clock } from '../shared/clock.ts'

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now() as WallMs,
  monotonic: () => performance.now() as MonotonicMs,
  after(delayMs, callback) {
    const timeout = setTimeout(callback, delayMs)
    timeout.unref()
    return { cancel: () => clearTimeout(timeout) }
  },
  soon(callback) {
    setImmediate(callback)
  },
}
