import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Translation } from '../../shared/i18n/catalogue.ts'
import type { Language, Locale } from '../../shared/i18n/language.ts'
import { Translator } from '../../shared/i18n/translator.ts'
import { DE } from './de.ts'
import { EN, type WindowCatalogue } from './en.ts'
import { ES } from './es.ts'
import { FR } from './fr.ts'
import { JA } from './ja.ts'
import { ZH_HANS } from './zh-hans.ts'

export type WindowWords = Translator<WindowCatalogue>

export const TRANSLATIONS: Readonly<Record<Language, Translation<WindowCatalogue>>> = {
  en: EN,
  de: DE,
  es: ES,
  fr: FR,
  ja: JA,
  'zh-Hans': ZH_HANS,
}

export function windowWordsFor(locale: Locale): WindowWords {
  return new Translator(locale, EN, TRANSLATIONS[locale.language])
}

export const WordsContext = createContext(windowWordsFor({ language: 'en', tag: 'en' }))

/** The texts in the language of the app. */
export function useWords(): WindowWords {
  return useContext(WordsContext)
}
