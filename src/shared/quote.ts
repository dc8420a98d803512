/**
 * Values in lines that people paste. Each yields exactly the value, shows all of it, and does nothing else. NUL and halves of
 * characters, which no program can be given, are left out of a shell's.
 */
import { escapeUnprintable, isPlainText } from './plain-text.ts'

/** One word of a POSIX shell. */
export function toShellWord(text: string): string {
  const value = text.toWellFormed().replaceAll('\0', '')
  if (/^[\w./:@%+=,-]+$/.test(value)) return value
  if (isPlainText(value)) return `'${value.replaceAll("'", String.raw`'\''`)}'`
  // A shell cuts line ends off the end of what a command says.
  let end = value.length
  while (value[end - 1] === '\n') end--
  const said = Array.from(value.slice(0, end), toPrintfText).join('')
  return `"$(printf %b '${said}')"${end === value.length ? '' : `'${value.slice(end)}'`}`
}

/** One argument in PowerShell. It takes four typographic quotes for its own, and doubling is the only escape. */
export function toPowerShellWord(text: string): string {
  const value = text.toWellFormed().replaceAll('\0', '')
  if (isPlainText(value)) return toPowerShellPiece(value)
  // The first is always text: numbers and characters would be added up.
  return `(${["''", ...piecesOf(value).map(toPowerShellPiece)].join('+')})`
}

/** A string of JSON, and of YAML. */
export function toJsonString(text: string): string {
  return escapeUnprintable(JSON.stringify(text))
}

/** A literal of JavaScript. */
export function toJsString(text: string): string {
  return `'${toJsonString(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", String.raw`\'`)}'`
}

/** What is seen and what is not, in turns. */
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

/** One character for printf's `%b`, and nothing that means something in quotes of either kind. */
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
