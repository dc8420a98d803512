import { piecesOf, type NamesIn, type Plural, type TextsOf } from './i18n/catalogue.ts'

/** Where a text is shown: in a terminal or API client, or in the app's window. */
export type Place = 'cli' | 'app'

type PerPlace = Readonly<Record<Place, string>>

/**
 * A text: one wording for all places, one per place, or a keyed text, which the window shows in its own language. The app's wording contains no commands, environment variables or system error codes.
 */
export type Words = string | PerPlace | KeyedText

/** A text of a table with its parameters. The window's catalogue has translations under the same key. */
export interface KeyedText {
  readonly key: string
  readonly english: string | Plural | PerPlace
  readonly params: Readonly<Record<string, Param>>
}

/** English texts by their keys, with parameters in braces. */
export type TextTable = Readonly<Record<string, KeyedText['english']>>

/** A parameter: a text, or a figure that each language writes in its own way. */
export type Param = Words | number | Figure

export type Figure =
  /** A day. Milliseconds since the epoch. */
  | { readonly date: number }
  | { readonly value: number; readonly unit: keyof typeof UNITS; readonly digits: number }
  | { readonly list: readonly string[] }

const UNITS = { millisecond: 'ms', second: 's', minute: 'min', hour: 'h' } as const

type TextParams<M> = {
  readonly [Name in NamesIn<TextsOf<M>> | (M extends Plural ? 'count' : never)]: Name extends 'count'
    ? number
    : Param
}

/** Makes texts of a table, with the parameters that they name. */
export function keyedTexts<const Table extends TextTable>(table: Table) {
  return <Key extends keyof Table & string>(
    key: Key,
    ...[params]: [keyof TextParams<Table[Key]>] extends [never] ? [] : [params: TextParams<Table[Key]>]
  ): KeyedText => ({ key, english: table[key] ?? key, params: params ?? {} })
}

/** A table in the app's wording: English for the window's catalogue. */
export type AppWording<Table> = {
  readonly [Key in keyof Table]: Table[Key] extends PerPlace ? Table[Key]['app'] : Table[Key]
}

export function appWordingOf<const Table extends TextTable>(table: Table): AppWording<Table> {
  const entries = Object.entries(table).map(([key, text]) => [key, wordingFor(text, 'app')])
  return Object.fromEntries(entries) as AppWording<Table>
}

export function isKeyed(words: Words): words is KeyedText {
  return typeof words !== 'string' && 'key' in words
}

/** The text in English. */
export function wordsFor(words: Words, place: Place): string {
  if (typeof words === 'string') return words
  if (!isKeyed(words)) return words[place]
  const { english, params } = words
  const wording = wordingFor(english, place)
  const text =
    typeof wording === 'string' ? wording : ((params['count'] === 1 ? wording.one : null) ?? wording.other)
  return piecesOf(text)
    .map((piece, i) => (i % 2 === 0 ? piece : written(params[piece] ?? '', place)))
    .join('')
}

function wordingFor(english: KeyedText['english'], place: Place): string | Plural {
  return typeof english !== 'string' && 'cli' in english ? english[place] : english
}

function written(param: Param, place: Place): string {
  if (typeof param === 'number') return String(param)
  if (typeof param === 'string') return param
  if ('date' in param) return new Date(param.date).toISOString().slice(0, 10)
  if ('unit' in param) return `${param.value.toFixed(param.digits)} ${UNITS[param.unit]}`
  if ('list' in param) return param.list.join(' and ')
  return wordsFor(param, place)
}
