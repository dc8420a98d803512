/**
 * Quoting of values in snippets. Each result evaluates to exactly the value, shows all of it, and has no side effects.
 * NUL and lone surrogates, which cannot be passed to a program, are dropped for shells.
 */
import { escapeUnprintable, isPlainText } from './plain-text.ts'

/** One word of a POSIX shell. */
export function toShellWord(text: string): string {
  const value = text.toWellFormed().replaceAll('\0', '')
  if (/^[\w./:@%+=,-]+$/.test(value)) return value
  if (isPlainText(value)) return `'${value.replaceAll("'", String.raw`'\''`)}'`
  // Command substitution strips trailing newlines.
  let end = value.length
  while (value[end - 1] === '\n') end--
  const said = Array.from(value.slice(0, end), toPrintfText).join('')
  return `"$(printf %b '${said}')"${end === value.length ? '' : `'${value.slice(end)}'`}`
}

/**
 * One PowerShell argument. PowerShell also treats four typographic quotes as quotes, and doubling is the only escape.
 */
export function toPowerShellWord(text: string): string {
  const value = text.toWellFormed().replaceAll('\0', '')
  if (isPlainText(value)) return toPowerShellPiece(value)
  // The first operand is always a string; otherwise `+` would add numbers.
  return `(${["''", ...piecesOf(value).map(toPowerShellPiece)].join('+')})`
}

/** A JSON string, which is also valid YAML. */
export function toJsonString(text: string): string {
  return escapeUnprintable(JSON.stringify(text))
}

/** A JavaScript string literal. */
export function toJsString(text: string): string {
  return `'${toJsonString(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", String.raw`\'`)}'`
}

/** Alternating printable and unprintable runs of the text. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = []
  let before: boolean | undefined
  for (const char of text) {
    const now = isPlainText(char)
    pieces.push(now === before ? `${pieces.pop() ?? ''}${char}` : char)
    before = now
  }
  return pieces
}

/** One character for printf's `%b`, without characters that are special inside quotes. */
function toPrintfText(char: string): string {
  if (isPlainText(char) && !/[!"$'\\`]/.test(char)) return char
  const bytes = [...new TextEncoder().encode(char)]
  return bytes.map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('')
}

function toPowerShellPiece(piece: string): string {
  if (isPlainText(piece)) return `'${piece.replaceAll(/['\u2018-\u201B]/g, '$&$&')}'`
  return piece
    .split('')
    .map((unit) => `[char]${unit.charCodeAt(0)}`)
    .join('+')
}
