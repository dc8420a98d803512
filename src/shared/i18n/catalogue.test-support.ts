import { piecesOf, type Catalogue, type Phrase } from './catalogue.ts'
import type { Language } from './language.ts'

/**
 * Faults of a translation, each as a sentence: messages that are missing, unknown or empty, parameters that differ from
 * the English ones, missing plural forms, and breaches of the language's spacing rules.
 */
export function faultsOf(english: Catalogue, translation: Catalogue, language: Language): readonly string[] {
  const missing = Object.keys(english).filter((key) => !Object.hasOwn(translation, key))
  const unknown = Object.keys(translation).filter((key) => !Object.hasOwn(english, key))
  return [
    ...missing.map((key) => `${language}: ${key} is missing`),
    ...unknown.map((key) => `${language}: ${key} is not in the English catalogue`),
    ...Object.entries(translation).flatMap(([key, message]) =>
      faultsIn(english[key] ?? message, message, language).map((fault) => `${language}: ${key} ${fault}`),
    ),
  ]
}

/** Ordinary spaces, or missing ones, where the language's typography has another rule. */
const MISSPACED: Readonly<Partial<Record<Language, RegExp>>> = {
  // French: a no-break space before high punctuation and inside guillemets.
  fr: / [?!:;»]|« /,
  // German: a space before the ellipsis of an omitted word.
  de: /\S…/,
}

function faultsIn(english: Phrase, message: Phrase, language: Language): readonly string[] {
  const texts = textsOf(message)
  if (texts.some((text) => text.trim() === '')) return ['is empty']
  if (texts.some((text) => MISSPACED[language]?.test(text))) return ['breaks a spacing rule']
  if ((typeof english === 'string') !== (typeof message === 'string')) return ['differs in its plural']
  if (typeof message !== 'string' && !Object.hasOwn(message, neededForm(language)))
    return [`has no form for ${neededForm(language)}`]
  const allowed = namesIn(english)
  const names = namesIn(message)
  const isSame =
    [...allowed].every((name) => names.has(name)) && [...names].every((name) => allowed.has(name))
  return isSame ? [] : [`has other parameters than in English: ${[...allowed].join(', ')}`]
}

/** The singular form, if the language has one. */
function neededForm(language: Language): Intl.LDMLPluralRule {
  return new Intl.PluralRules(language).select(1)
}

function textsOf(message: Phrase): readonly string[] {
  return typeof message === 'string' ? [message] : Object.values(message)
}

/** `count` may be left out of a form, as in "one model". */
function namesIn(message: Phrase): ReadonlySet<string> {
  return new Set(
    textsOf(message)
      .flatMap((text) => piecesOf(text).filter((_, i) => i % 2 === 1))
      .filter((name) => name !== 'count' || typeof message === 'string'),
  )
}
