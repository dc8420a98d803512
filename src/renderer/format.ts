/** Figures as people read them. */

const DAY_MS = 86_400_000
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** 1,234,567 -> "1.2 MB". */
export function toSize(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`
}

/** 840 -> "840 ms", 2,300 -> "2.3 s", 125,000 -> "2 min 5 s". */
export function toDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Whole seconds until a time, at least 0. */
export function secondsUntil(time: number, now: number): number {
  return Math.max(0, Math.ceil((time - now) / 1000))
}

/** "14 March 2027", in the user's language. */
export function toDate(time: number): string {
  return new Date(time).toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
}

/** "just now", "5 min ago", "3 h ago", or the date. */
export function toAge(time: number, now: number): string {
  const minutes = Math.floor((now - time) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  return now - time < DAY_MS ? `${Math.floor(minutes / 60)} h ago` : toDate(time)
}

/** "1 model", "3 models". */
export function toCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
