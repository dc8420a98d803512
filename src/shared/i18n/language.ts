/** Languages of the catalogues, and the choice between them. */

export const LANGUAGES = ['en', 'de', 'es', 'fr', 'ja', 'zh-Hans'] as const
export type Language = (typeof LANGUAGES)[number]

/** `system`: the first language in the system or browser settings that has a catalogue. */
export const LANGUAGE_CHOICES = ['system', ...LANGUAGES] as const
export type LanguageChoice = (typeof LANGUAGE_CHOICES)[number]

/** The languages' own names, for a list of choices. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  ja: '日本語',
  'zh-Hans': '简体中文',
}

export interface Locale {
  /** Selects the catalogue. */
  readonly language: Language
  /** BCP 47 tag for numbers and dates: with the reader's own region if it belongs to this language. */
  readonly tag: string
}

/**
 * Chooses the language of words, numbers and dates. Unknown and malformed tags are skipped; the last resort is English.
 * @param preferred BCP 47 tags, best first: `navigator.languages`, or the system's languages
 */
export function localeFor(choice: LanguageChoice, preferred: readonly string[]): Locale {
  const offers = preferred.flatMap((tag) => {
    const language = languageOf(tag)
    return language === null ? [] : [{ language, tag }]
  })
  if (choice === 'system') return offers[0] ?? { language: 'en', tag: 'en' }
  return offers.find(({ language }) => language === choice) ?? { language: choice, tag: choice }
}

/** More than any browser lists. */
const MAX_PREFERRED = 20

/** The languages in an `Accept-Language` header. Browsers list the best first. */
export function preferredIn(acceptLanguage: string): readonly string[] {
  return acceptLanguage.split(',', MAX_PREFERRED).map((item) => item.split(';', 1)[0]?.trim() ?? '')
}

/** `de-AT` -> `de`, `zh-CN` -> `zh-Hans`; `null` for `zh-TW`, whose readers use another script. */
function languageOf(tag: string): Language | null {
  try {
    const { language, script } = new Intl.Locale(tag).maximize()
    return LANGUAGES.find((known) => known === language || known === `${language}-${script}`) ?? null
  } catch {
    return null
  }
}
