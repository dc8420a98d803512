/** A last line that may yet become a heading, a rule, a list, a fence, a table or a formula. */
const UNDECIDED_LINE = /(?:^|\n)[ \t]*(?:[-*+_=#>`~|:\\$ \t]+|\d{1,9}[.)]?[ \t]*)$/
/** The first line of a table, and at most a part of its second. */
const UNDECIDED_TABLE = /(?:^|\n[ \t]*\n)[ \t]*\|[^\n]*(?:\n[ \t|:-]*)?$/
const UNDECIDED_TAG = /<(?:\/?[a-z][a-z0-9]{0,15}\s{0,4}\/?)?$/i
/** A link or picture whose text or address is still to come. */
const UNDECIDED_LINK = /(!?)\[([^[\]\n]{0,500})(?:\](?:\([^()\s]{0,2000})?)?$/
const TEXT_BREAK = /\n[ \t]*\n|\n[ \t]*(?:[-*+>]|\d{1,9}[.)]|#{1,6})[ \t]|\|/g
/** Earlier text is ignored. */
const MAX_TEXT = 4_000

/**
 * The beginning of a block as it will look when it is finished: undecided parts are withheld, and open ones are closed.
 * Without it, a half-written list flashes as a heading, and bold text as asterisks.
 */
export function closeUnfinished(src: string): string {
  const decided = src.replace(UNDECIDED_TABLE, '').replace(UNDECIDED_LINE, '')
  const start = lastTextStart(decided)
  return decided.slice(0, start) + closeText(decided.slice(start))
}

/** Where the last paragraph, item or cell begins. */
function lastTextStart(src: string): number {
  const from = Math.max(0, src.length - MAX_TEXT)
  let start = from
  for (const found of src.slice(from).matchAll(TEXT_BREAK)) start = from + found.index + found[0].length
  return start
}

function closeText(text: string): string {
  const shown = text.replace(UNDECIDED_TAG, '').replace(UNDECIDED_LINK, (whole, mark: string, name: string) =>
    // A task's box is not a link.
    mark === '' && /^[ x]?$/i.test(name) ? whole : name,
  )
  const open = openDelimiters(shown)
  const last = open.at(-1)
  if (last === undefined) return shown
  // An opening delimiter with nothing behind it yet, or the first half of a closing one.
  const end = shown.replace(/[*_~`\s]+$/, '')
  if (end.length < last.at + last.text.length) return closeText(shown.slice(0, last.at))
  return (
    end +
    open
      .map(({ text }) => text)
      .toReversed()
      .join('')
  )
}

interface Delimiter {
  readonly text: string
  readonly at: number
}

/** The delimiters of code, emphasis and strike-through that nothing closes, outermost first. */
function openDelimiters(text: string): readonly Delimiter[] {
  const open: Delimiter[] = []
  for (const run of text.matchAll(/\\[\s\S]|`+|\*{1,3}|_{1,3}|~~/g)) {
    const [delimiter] = run
    if (delimiter.startsWith('\\')) continue
    const isInCode = open.at(-1)?.text.startsWith('`') === true
    if (isInCode) {
      if (open.at(-1)?.text === delimiter) open.pop()
    } else if (open.at(-1)?.text === delimiter && !isSpace(text[run.index - 1])) {
      open.pop()
    } else if (opens(text, delimiter, run.index)) {
      open.push({ text: delimiter, at: run.index })
    }
  }
  return open
}

function opens(text: string, delimiter: string, at: number): boolean {
  if (delimiter.startsWith('`')) return true
  const before = text[at - 1]
  const after = text[at + delimiter.length]
  if (after !== undefined && isSpace(after)) return false
  // Within a word, an underscore is a letter.
  return !(delimiter.startsWith('_') && before !== undefined && /[\p{L}\p{N}]/u.test(before))
}

function isSpace(character: string | undefined): boolean {
  return character === undefined || /\s/.test(character)
}
