import { isWithinLimit } from '../../shared/text-limits.ts'

/** Seconds per unit of Go's time.ParseDuration. */
const UNIT_S: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy

/**
 * Longest duration that fits into Go's int64 nanoseconds. Ollama reads an overflow as negative, which means
 * forever.
 */
const MAX_S = 9e9

/**
 * Whether a `keep_alive` value leaves Ollama's scheduler in control: at least one second, and finite. Zero
 * unloads the model immediately, negative values pin it, and unreadable values could do either (Ollama
 * docs/faq.mdx).
 */
export function isHarmlessKeepAlive(value: unknown): boolean {
  if (value === null || value === undefined) return true
  const seconds = typeof value === 'string' ? parseSeconds(value) : value
  return typeof seconds === 'number' && seconds >= 1 && seconds <= MAX_S
}

/** `NaN` if the text is not a duration. A bare number counts as seconds. */
function parseSeconds(text: string): number {
  if (!isWithinLimit('keepAlive', text)) return NaN
  if (/^[+-]?\d+(?:\.\d*)?$/.test(text)) return Number(text)
  if (!/^\+?[\d.nuµμmsh]+$/.test(text)) return NaN
  const unsigned = text.replace(/^\+/, '')
  const parts = [...unsigned.matchAll(PART)]
  if (parts.map(([part]) => part).join('') !== unsigned) return NaN
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_S[unit ?? ''] ?? NaN), 0)
}
