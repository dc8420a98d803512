import { styleText } from 'node:util'
import { toPlainLines, toPlainText } from '../shared/plain-text.ts'

/** Limit per value. URLs and paths are shorter, and a huge name must not fill the screen. */
const MAX_VALUE_COLUMNS = 2_000
/** Limit for multi-line text. */
const MAX_CHARS = 16_000

/** Text that is safe to print on a terminal: our own literals, and sanitized values. */
export class TerminalText {
  readonly text: string

  private constructor(text: string) {
    this.text = text
  }

  /** Literals are trusted and may contain styling. A value becomes one line without control characters. */
  static of(
    literals: TemplateStringsArray,
    ...values: readonly (string | number | TerminalText)[]
  ): TerminalText {
    return new TerminalText(String.raw({ raw: literals }, ...values.map(toValue)))
  }

  /** One line of untrusted text in a style of the terminal. */
  static styled(style: Parameters<typeof styleText>[0], text: string): TerminalText {
    return new TerminalText(styleText(style, toPlainText(text), { validateStream: false }))
  }

  /** Untrusted text that keeps its line breaks, but no other cursor movement. */
  static lines(text: string): TerminalText {
    return new TerminalText(toPlainLines(text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text))
  }
}

/** A template with sanitized values. */
export const term = (...parts: Parameters<typeof TerminalText.of>): TerminalText => TerminalText.of(...parts)

function toValue(value: string | number | TerminalText): string {
  if (value instanceof TerminalText) return value.text
  return typeof value === 'number' ? String(value) : fitted(value, MAX_VALUE_COLUMNS)
}

const TAKES_NO_COLUMN = /[\p{M}\u200C\u200D]/u
/** Wide characters of most terminals (UAX #11). Counting too many is harmless: text is truncated slightly early. */
const TAKES_TWO =
  /[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303F\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]/u
/** Limits combining marks, which can be stacked without end. */
const MAX_CHARS_A_COLUMN = 8

/** One line of at most this many columns, truncated with an ellipsis. */
export function fitted(text: string, columns: number): string {
  const maxChars = columns * MAX_CHARS_A_COLUMN
  const chars = Array.from(toPlainText(text.slice(0, maxChars)))
  const end = endOf(chars, columns)
  if (end === chars.length && text.length <= maxChars) return chars.join('')
  return `${chars.slice(0, endOf(chars, columns - 1)).join('')}…`
}

/** Lines of at most this many columns, broken between words; a longer word gets its own line. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of toPlainText(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && widthOf(longer) > columns) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

function widthOf(text: string): number {
  return Array.from(text).reduce((width, char) => width + columnsOf(char), 0)
}

/** Number of leading characters that fit. */
function endOf(chars: readonly string[], columns: number): number {
  let taken = 0
  const end = chars.findIndex((char) => (taken += columnsOf(char)) > columns)
  return end < 0 ? chars.length : end
}

function columnsOf(char: string): number {
  if (TAKES_NO_COLUMN.test(char)) return 0
  return TAKES_TWO.test(char) ? 2 : 1
}
