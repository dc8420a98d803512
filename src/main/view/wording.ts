/** Text shared by several views. */
import { toPlainText } from '../../shared/plain-text.ts'

/** Host of a URL for display: `https://relay.example.com:8443/x` -> `relay.example.com:8443`. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url
}

/** Limits untrusted text to one line of visible characters. */
export function toLine(text: string, maxChars: number): string {
  const chars = Array.from(toPlainText(text).replaceAll(/\s+/g, ' ').trim())
  return chars.length <= maxChars
    ? chars.join('')
    : `${chars
        .slice(0, maxChars - 1)
        .join('')
        .trimEnd()}…`
}
