/** A pending callback of a clock. */
export interface Timer {
  cancel(): void
}

/** The longest delay that node's timers take, in milliseconds. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** Time behind a port, so that no test sleeps. */
export interface Clock {
  /** Milliseconds since the epoch: for dates that people see. May jump. */
  now(): number
  /** Milliseconds from some fixed point: for durations. Never jumps back. */
  monotonic(): number
  /** Runs `callback` once after `delayMs`. Never keeps the process alive by itself. */
  after(delayMs: number, callback: () => void): Timer
  /** Runs `callback` after the events that are being handled now: what comes in the same tick is taken together. */
  soon(callback: () => void): void
}

/** Uniform in [0, 1), as `Math.random`. */
export type Random = () => number
