/**
 * Limits "so many in any stretch of time of this length" with two counters a key. Windows are numbered; the former window's
 * count is taken to be spread evenly, and is weighted by the part of its window that is still covered.
 */

export interface WindowLimit {
  readonly points: number
  readonly durationMs: number
}

/** The window of a moment, and the part of it that has passed, in [0, 1). */
export function windowAt(
  nowMs: number,
  durationMs: number,
): { readonly index: number; readonly part: number } {
  const windows = nowMs / durationMs
  const index = Math.floor(windows)
  return { index, part: windows - index }
}

/**
 * Seconds until there is room for the last one counted, had it not been counted yet; 0 = there is room now.
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
  // Either the former window slides out far enough, or the current one does once it is the former.
  const until =
    current <= points ? 1 - (points - current) / former : 1 + Math.max(0, 1 - (points - 1) / (current - 1))
  // Rounded up, but not for the sake of a fraction's last binary digit.
  return Math.ceil(Math.round((until - part) * durationMs) / 1000)
}
