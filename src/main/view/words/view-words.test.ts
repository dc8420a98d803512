import { describe, expect, it } from 'vitest'
import { errorCase } from '../../../shared/error-cases.ts'
import { AppError, errorWordsWith, toAppError } from '../../../shared/errors.ts'
import { faultsOf } from '../../../shared/i18n/catalogue.test-support.ts'
import { LANGUAGES } from '../../../shared/i18n/language.ts'
import { CHECKS_EN } from './checks/en.ts'
import { EN } from './en.ts'
import { ERRORS_EN } from './errors/en.ts'
import { REQUESTS_EN } from './requests/en.ts'
import { textOf, TRANSLATIONS, wordsOf } from './view-words.ts'

it.each(LANGUAGES)('has every message in %s, with matching parameters and plurals', (language) => {
  expect(faultsOf(EN, TRANSLATIONS[language], language)).toEqual([])
})

it.each(LANGUAGES.filter((language) => language !== 'en'))('has no English text in %s', (language) => {
  const texts = Object.entries({ ...CHECKS_EN, ...ERRORS_EN, ...REQUESTS_EN })
  const same = texts.filter(([key, text]) => TRANSLATIONS[language][key as keyof typeof EN] === text)
  // A text that consists of parameters and punctuation is the same in each language.
  const hasWords = (text: unknown) => /\p{L}/u.test(JSON.stringify(text).replaceAll(/\{\w+\}/g, ''))
  expect(same.filter(([, text]) => hasWords(text))).toEqual([])
})

describe('the text of an error', () => {
  const german = wordsOf({ locale: { language: 'de', tag: 'de' } })
  const shown = (error: AppError) => textOf(german, error.words)

  it('is in the language, in general and about the specific case', () => {
    expect(shown(new AppError('PAIRING_LOCKED'))).toMatch(/^Zu viele falsche Kopplungscodes/)
    expect(shown(new AppError('CONFIG_INVALID', errorCase('case.relayUrl.form')))).toBe(
      'Die Adresse des Relays muss wie https://relay.example.com aussehen.',
    )
  })

  it('hides the technical reason', () => {
    expect(shown(toAppError(new Error('EIO: {reason}')))).toMatch(/^Etwas ist schiefgegangen/)
    const words = errorWordsWith('RELAY_UNREACHABLE', 'ECONNREFUSED')
    expect(shown(new AppError('RELAY_UNREACHABLE', words))).toMatch(/^Das Relay ist nicht erreichbar[^()]*$/)
  })

  it('is the general one in place of plain English', () => {
    expect(shown(new AppError('BAD_REQUEST', 'The form is empty.'))).toBe('Die Anfrage ist ungültig.')
  })
})
