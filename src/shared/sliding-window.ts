/**
 * Approximates a sliding window with two counters per key. Windows are numbered; the previous window's count is assumed
 * to be spread evenly, and is weighted by the part that the sliding window still covers.
 */

export interface WindowLimit {
  readonly points: number
  readonly durationMs: number
}

/** The window that contains a time, and the elapsed part of it, in [0, 1). */
export function windowAt(
  nowMs: number,
  durationMs: number,
): { readonly index: number; readonly part: number } {
  const windows = nowMs / durationMs
  const index = Math.floor(windows)
  return { index, part: windows - index }
}

/**
 * Seconds until there is room for the request counted last, as if it had not been counted; 0 = there is room now.
 * @param part of the current window that has passed
 * @param current count of this window, that one included
 * @param former count of the window before
 */
export function waitSecondsFor(
  { points, durationMs }: WindowLimit,
  part: number,
  current: number,
  former: number,
): number {
  if (former * (1 - part) + current <= points) return 0
  // Either the previous window slides out far enough, or the current one does once it is the previous one.
  const until =
    current <= points ? 1 - (points - current) / former : 1 + Math.max(0, 1 - (points - 1) / (current - 1))
  // Rounded up, ignoring floating-point error.
  return Math.ceil(Math.round((until - part) * durationMs) / 1000)
}
