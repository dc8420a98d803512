import type { MonotonicMs, WallMs } from './brands.ts'

/** A pending callback of a clock. */
export interface Timer {
  cancel(): void
}

/** The maximum delay of Node's timers, in milliseconds. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** The port for time, so tests do not sleep. */
export interface Clock {
  /** For displayed dates. */
  now(): WallMs
  /** For durations. */
  monotonic(): MonotonicMs
  /** Runs `callback` once after `delayMs`, without keeping the process alive. */
  after(delayMs: number, callback: () => void): Timer
  /** Runs `callback` after the current events have been handled, to batch work of the same tick. */
  soon(callback: () => void): void
}

/** Resolves after `delayMs`. */
export function pause(clock: Pick<Clock, 'after'>, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve))
}

/** Uniform in [0, 1), like `Math.random`. */
export type Random = () => number
