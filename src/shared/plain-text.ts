/**
 * Makes untrusted text safe to display: names, replies, messages and URLs may contain terminal control sequences or
 * characters that disguise the text.
 */

/**
 * Control characters (including C1 and DEL), bidirectional marks, zero-width characters and lone surrogates. Joiners
 * are kept, since scripts and emoji need them.
 */
const UNPRINTABLE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200C\u200D]]/gv
const LINE_ENDS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g
const INSTEAD = '\uFFFD'

/** One line without hidden characters: line ends and tabs become spaces, unprintable characters U+FFFD. */
export function toPlainText(text: string): string {
  return toPlainLines(text).replaceAll('\n', ' ')
}

/** Like `toPlainText`, but keeps line ends as `\n`. */
export function toPlainLines(text: string): string {
  const lines = text.replaceAll(LINE_ENDS, '\n').replaceAll('\t', ' ').split('\n')
  return lines.map((line) => line.replaceAll(UNPRINTABLE, INSTEAD)).join('\n')
}

/** JSON text, or any text with JavaScript escapes, with unprintable characters escaped. */
export function escapeUnprintable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (char) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Whether `toPlainText` would return the text unchanged. */
export function isPlainText(text: string): boolean {
  return text.search(UNPRINTABLE) < 0
}
