import { piecesOf, type NamesIn, type Plural, type TextsOf } from './i18n/catalogue.ts'

/** Where a text is shown: in a terminal or API client, or in the app's window. */
export type Place = 'cli' | 'app'

type PerPlace = Readonly<Record<Place, string>>

/** A text of a table: one wording for all places, or one for each. The app's wording contains no commands, environment variables or system error codes. */
export type Wording = string | PerPlace

/** A text: plain English, or a keyed text, which the window shows in its own language. */
export type Words = string | KeyedText

/** A text of a table with its parameters. The window's catalogue has translations under the same key. */
export interface KeyedText {
  readonly key: string
  readonly english: Wording | Plural
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
  /** One after the other: sentences in the app, clauses in a terminal. */
  | { readonly texts: readonly KeyedText[] }

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

/** The text in English. */
export function wordsFor(words: Words, place: Place): string {
  if (typeof words === 'string') return words
  const { english, params } = words
  const wording = wordingFor(english, place)
  const text =
    typeof wording === 'string' ? wording : ((params['count'] === 1 ? wording.one : null) ?? wording.other)
  return piecesOf(text)
    .map((piece, i) => (i % 2 === 0 ? piece : written(params[piece] ?? '', place)))
    .join('')
}

/** The text of a table for this place. */
export function wordingFor(english: Wording, place: Place): string
export function wordingFor(english: KeyedText['english'], place: Place): string | Plural
export function wordingFor(english: KeyedText['english'], place: Place): string | Plural {
  return typeof english !== 'string' && 'cli' in english ? english[place] : english
}

function written(param: Param, place: Place): string {
  if (typeof param === 'number') return String(param)
  if (typeof param === 'string') return param
  if ('date' in param) return new Date(param.date).toISOString().slice(0, 10)
  if ('unit' in param) return `${param.value.toFixed(param.digits)} ${UNITS[param.unit]}`
  if ('list' in param) return param.list.join(' and ')
  if ('texts' in param)
    return param.texts.map((text) => wordsFor(text, place)).join(place === 'cli' ? '; ' : ' ')
  return wordsFor(param, place)
}
