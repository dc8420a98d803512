import type { Translation } from '../../../shared/i18n/catalogue.ts'
import type { Language } from '../../../shared/i18n/language.ts'
import { Translator } from '../../../shared/i18n/translator.ts'
import { errorWords, type ErrorCode } from '../../../shared/errors.ts'
import { wordsFor, type KeyedText, type Param } from '../../../shared/words.ts'
import type { AppState } from '../app-state.ts'
import { DE } from './de.ts'
import { EN, type ViewCatalogue } from './en.ts'
import { ES } from './es.ts'
import { FR } from './fr.ts'
import { JA } from './ja.ts'
import { ZH_HANS } from './zh-hans.ts'

export type ViewWords = Translator<ViewCatalogue>

export const TRANSLATIONS: Readonly<Record<Language, Translation<ViewCatalogue>>> = {
  en: EN,
  de: DE,
  es: ES,
  fr: FR,
  ja: JA,
  'zh-Hans': ZH_HANS,
}

let latest = new Translator<ViewCatalogue>({ language: 'en', tag: 'en' }, EN)

/** The texts in the language of the app. */
export function wordsOf({ locale }: Pick<AppState, 'locale'>): ViewWords {
  const { language, tag } = locale
  if (latest.locale.tag !== tag || latest.locale.language !== language)
    latest = new Translator(locale, EN, TRANSLATIONS[language])
  return latest
}

/** A text for display. A test holds that the catalogue has it. */
export function textOf(words: ViewWords, text: KeyedText): string {
  if (!isKey(text.key)) return wordsFor(text, 'app')
  const params = Object.entries(text.params).map(([name, param]) => [name, written(words, param)])
  return words.filled(text.key, Object.fromEntries(params) as Record<string, string | number>)
}

/** The text of an error code for display. */
export function errorTextOf(words: ViewWords, code: ErrorCode): string {
  return textOf(words, errorWords(code))
}

function written(words: ViewWords, param: Param): string | number {
  if (typeof param === 'string' || typeof param === 'number') return param
  if ('date' in param) return words.date(param.date)
  if ('list' in param) return words.list(param.list)
  if ('texts' in param) return param.texts.map((text) => textOf(words, text)).join(' ')
  if (!('unit' in param)) return textOf(words, param)
  const { value, unit, digits } = param
  return words.number(value, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: digits })
}

function isKey(key: string): key is keyof ViewCatalogue {
  return Object.hasOwn(EN, key)
}
