/** A date in UTC, such as `2030-12-31`. */
export function dayText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

/** A time in UTC, such as `2030-12-31 08:00`. */
export function minuteText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')
}
