import { piecesOf, type ArgumentsOf, type Catalogue, type Phrase, type Translation } from './catalogue.ts'
import type { Language, Locale } from './language.ts'

/** Literal text, or the value of a parameter. */
export type Piece = string | { readonly name: string; readonly value: string }

type Params = Readonly<Record<string, string | number>>

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
/** `Intl.ListFormat` separates units by spaces in some languages, and adds an "and" in others. */
const COMMAS: Partial<Readonly<Record<Language, string>>> = { ja: '、', 'zh-Hans': '、' }
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The texts of one catalogue in one language, with its numbers, sizes and dates. */
export class Translator<English extends Catalogue> {
  readonly locale: Locale
  readonly #english: English
  readonly #translation: Partial<Translation<English>>
  readonly #plural: Intl.PluralRules
  readonly #numbers = new Map<string, Intl.NumberFormat>()
  readonly #dates = new Map<string, Intl.DateTimeFormat>()

  /** @param translation the catalogue of the locale's language; a message that it lacks is shown in English */
  constructor(locale: Locale, english: English, translation: Partial<Translation<English>> = {}) {
    this.locale = locale
    this.#english = english
    this.#translation = translation
    this.#plural = new Intl.PluralRules(locale.tag)
  }

  /** A message with its parameters; numbers are written as the language writes them. */
  readonly t = <Key extends keyof English & string>(key: Key, ...params: ArgumentsOf<English[Key]>): string =>
    this.filled(key, params[0] ?? {})

  /** The same in parts, for callers that mark up the parameters. */
  pieces<Key extends keyof English & string>(
    key: Key,
    ...params: ArgumentsOf<English[Key]>
  ): readonly Piece[] {
    return this.#piecesWith(key, params[0] ?? {})
  }

  /** A message whose parameters are not known to the compiler. */
  filled(key: keyof English & string, params: Params): string {
    return this.#piecesWith(key, params)
      .map((piece) => (typeof piece === 'string' ? piece : piece.value))
      .join('')
  }

  #piecesWith(key: keyof English & string, values: Params): readonly Piece[] {
    const text = this.#formOf(this.#translation[key] ?? this.#english[key] ?? key, values['count'])
    return piecesOf(text).map((piece, i) =>
      i % 2 === 0 ? piece : { name: piece, value: this.#written(values[piece]) },
    )
  }

  /** 12345.6 -> "12,345.6". */
  number(value: number, options: Intl.NumberFormatOptions = {}): string {
    const key = JSON.stringify(options)
    const format = this.#numbers.get(key) ?? new Intl.NumberFormat(this.locale.tag, options)
    this.#numbers.set(key, format)
    return format.format(value)
  }

  /** Powers of 1000: 1234567 -> "1.2 MB". */
  size(bytes: number): string {
    const power = bytes < 1 ? 0 : Math.min(SIZE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
    const value = bytes / 1000 ** power
    const unit = SIZE_UNITS[power]
    const maximumFractionDigits = power > 0 && value < 10 ? 1 : 0
    const unitDisplay = power === 0 ? 'narrow' : 'short'
    const text = this.number(value, { style: 'unit', unit, unitDisplay, maximumFractionDigits })
    // Bytes use the narrow form, since the short one is the word "byte". The narrow form has no space, so one is added.
    return power === 0 ? text.replace(/(?<=\d)(?=\p{L})/u, '\u00A0') : text
  }

  /** 840 -> "840 ms", 2300 -> "2.3s", 125000 -> "2m 5s", in the language's own units. */
  duration(ms: number): string {
    if (ms < 1000) return this.#unit(Math.round(ms), 'millisecond')
    if (ms < 9_950) return this.#unit(ms / 1000, 'second', 1)
    const seconds = Math.round(ms / 1000)
    if (seconds < 60) return this.#unit(seconds, 'second')
    const minutes = Math.floor(seconds / 60)
    if (minutes < 60) return `${this.#unit(minutes, 'minute')} ${this.#unit(seconds % 60, 'second')}`
    return `${this.#unit(Math.floor(minutes / 60), 'hour')} ${this.#unit(minutes % 60, 'minute')}`
  }

  /** "in 42 seconds", "in 57 minutes", "in 2 hours". */
  until(ms: number): string {
    const format = new Intl.RelativeTimeFormat(this.locale.tag)
    const seconds = Math.ceil(ms / 1000)
    if (seconds < 60) return format.format(seconds, 'second')
    const minutes = Math.round(seconds / 60)
    return minutes < 60 ? format.format(minutes, 'minute') : format.format(Math.round(minutes / 60), 'hour')
  }

  /** "14 March 2027". @param time milliseconds since the epoch, here and below */
  date(time: number): string {
    return this.#date(time, { dateStyle: 'long' })
  }

  /** "14 Mar 2027, 15:04". */
  dateTime(time: number): string {
    return this.#date(time, { dateStyle: 'medium', timeStyle: 'short' })
  }

  /** "14 Mar". */
  day(time: number): string {
    return this.#date(time, { day: 'numeric', month: 'short' })
  }

  /** "3 PM". @param hour of the day, from 0 */
  hour(hour: number): string {
    return this.#date(new Date(2000, 0, 1, hour).getTime(), { hour: 'numeric' })
  }

  /** "15:04:05" today, else "14 Mar, 15:04". */
  moment(time: number, now: number): string {
    return new Date(time).toDateString() === new Date(now).toDateString()
      ? this.#date(time, { timeStyle: 'medium' })
      : this.#date(time, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' })
  }

  /** "now", "5 min. ago", "3 hr. ago", or the date. */
  age(time: number, now: number): string {
    const ms = Math.max(0, now - time)
    if (ms >= DAY_MS) return this.date(time)
    const format = new Intl.RelativeTimeFormat(this.locale.tag, { numeric: 'auto', style: 'short' })
    if (ms < MINUTE_MS) return format.format(0, 'second')
    if (ms < HOUR_MS) return format.format(-Math.floor(ms / MINUTE_MS), 'minute')
    return format.format(-Math.floor(ms / HOUR_MS), 'hour')
  }

  /** ["a", "b"] -> "a, b", with the language's own comma. */
  list(items: readonly string[]): string {
    return items.join(COMMAS[this.locale.language] ?? ', ')
  }

  #formOf(message: Phrase, count: string | number | undefined): string {
    if (typeof message === 'string') return message
    return message[this.#plural.select(Number(count))] ?? message.other
  }

  #written(value: string | number | undefined): string {
    return typeof value === 'number' ? this.number(value) : (value ?? '')
  }

  #unit(value: number, unit: string, maximumFractionDigits = 0): string {
    // Short English writes "2 sec", narrow English "23ms", and narrow Japanese "2s".
    const isNarrow = this.locale.language === 'en' && unit !== 'millisecond'
    const unitDisplay = isNarrow ? 'narrow' : 'short'
    return this.number(value, { style: 'unit', unit, unitDisplay, maximumFractionDigits })
  }

  #date(time: number, options: Intl.DateTimeFormatOptions): string {
    const key = JSON.stringify(options)
    const format = this.#dates.get(key) ?? new Intl.DateTimeFormat(this.locale.tag, options)
    this.#dates.set(key, format)
    return format.format(time)
  }
}
