import type { Translation } from '../../shared/i18n/catalogue.ts'
import { localeFor, type Language } from '../../shared/i18n/language.ts'
import { Translator } from '../../shared/i18n/translator.ts'
import { EN } from './en.ts'

export type ChatWords = Translator<typeof EN>
export type ChatTranslation = Translation<typeof EN>

/** Each language is a separate file, so that a browser loads at most one of them. */
const TRANSLATIONS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<ChatTranslation>>> = {
  de: async () => (await import('./de.ts')).DE,
  es: async () => (await import('./es.ts')).ES,
  fr: async () => (await import('./fr.ts')).FR,
  ja: async () => (await import('./ja.ts')).JA,
  'zh-Hans': async () => (await import('./zh-hans.ts')).ZH_HANS,
}

/**
 * The words in the reader's language; English if its file cannot be loaded.
 * @param preferred `navigator.languages`
 */
export async function loadWords(preferred: readonly string[]): Promise<ChatWords> {
  const locale = localeFor('system', preferred)
  if (locale.language === 'en') return new Translator(locale, EN)
  try {
    return new Translator(locale, EN, await TRANSLATIONS[locale.language]())
  } catch {
    return new Translator({ language: 'en', tag: 'en' }, EN)
  }
}
