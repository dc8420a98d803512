/**
 * Text that others wrote, made fit to be shown: names, replies, messages and URLs may hold what drives a terminal or shows a
 * reader something else than what is there.
 */

/**
 * Control characters (also C1 and DEL), marks that turn the reading direction, what takes no room, and halves of characters.
 * Joiners stay: scripts and emoji need them.
 */
const UNPRINTABLE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200C\u200D]]/gv
const LINE_ENDS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g
const INSTEAD = '\uFFFD'

/** One line in which everything can be seen: line ends and tabs become spaces, what cannot be printed U+FFFD. */
export function toPlainText(text: string): string {
  return toPlainLines(text).replaceAll('\n', ' ')
}

/** The same with its line ends, each as `\n`. */
export function toPlainLines(text: string): string {
  const lines = text.replaceAll(LINE_ENDS, '\n').replaceAll('\t', ' ').split('\n')
  return lines.map((line) => line.replaceAll(UNPRINTABLE, INSTEAD)).join('\n')
}

/** JSON text, or any with JavaScript's escapes, in which everything can be seen: what cannot be printed is escaped. */
export function escapeUnprintable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (char) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Whether `toPlainText` would change nothing. */
export function isPlainText(text: string): boolean {
  return text.search(UNPRINTABLE) < 0
}
