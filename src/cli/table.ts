import type { Output } from './output.ts'
import { fitted, term, TerminalText } from './terminal-text.ts'

const GAP = '  '
/** The first column may be shortened to this. */
const MIN_FIRST = 12

export interface TableOptions {
  /** All columns but the first are numbers, aligned at their end. */
  readonly isNumeric?: boolean
}

/** Prints rows below a header, within the terminal's width if shortening the first column is enough. Prints nothing with `--json`. */
export function sayTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  output: Output,
  { isNumeric = false }: TableOptions = {},
): void {
  const widths = header.map((title, at) =>
    Math.max(...[title, ...rows.map((row) => row[at] ?? '')].map(lengthOf)),
  )
  const others = widths.slice(1).reduce((sum, width) => sum + width + GAP.length, 0)
  const first = Math.min(widths[0] ?? 0, Math.max(MIN_FIRST, output.columns - others))
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === 0 ? padded(cell, first) : padded(cell, widths[at] ?? 0, isNumeric)))
      .join(GAP)
      .trimEnd()
  output.say(output.isStyled ? term`${TerminalText.styled('bold', lineOf(header))}` : lineOf(header))
  for (const row of rows) output.say(lineOf(row))
}

function padded(cell: string, width: number, isAtEnd = false): string {
  const text = fitted(cell, width)
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)))
  return isAtEnd ? space + text : text + space
}

function lengthOf(text: string): number {
  return Array.from(text).length
}
