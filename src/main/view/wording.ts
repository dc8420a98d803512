/** Small words that several views share. */

/** "1 model", "3 models". */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A host for people: `https://relay.example.com:8443/x` -> `relay.example.com:8443`. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url
}

/**
 * One line of at most so many characters, whatever a stranger called their model or key: without control characters,
 * line breaks and marks that turn the reading direction.
 */
export function toLine(text: string, maxChars: number): string {
  const chars = Array.from(text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim())
  return chars.length <= maxChars
    ? chars.join('')
    : `${chars
        .slice(0, maxChars - 1)
        .join('')
        .trimEnd()}…`
}
