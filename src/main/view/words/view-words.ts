import type { Translation } from '../../../shared/i18n/catalogue.ts'
import type { Language } from '../../../shared/i18n/language.ts'
import { Translator } from '../../../shared/i18n/translator.ts'
import { errorWords, type AppError, type ErrorCode } from '../../../shared/errors.ts'
import { wordsFor } from '../../../shared/words.ts'
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

/** The text of an error code for display; in English if the catalogue has none. */
export function errorTextOf(words: ViewWords, code: ErrorCode): string {
  const key = `error.${code}`
  return isKey(key) ? words.t(key) : wordsFor(errorWords(code), 'app')
}

/** An error for display. A sentence about the specific case precedes the general text, and stays English. */
export function screenTextOf(words: ViewWords, { code, screenText }: AppError): string {
  return screenText === wordsFor(errorWords(code), 'app') ? errorTextOf(words, code) : screenText
}

type ErrorKey = Extract<keyof ViewCatalogue, `error.${string}`>

function isKey(key: string): key is ErrorKey {
  return Object.hasOwn(EN, key)
}
