import { expect, it } from 'vitest'
import { faultsOf } from '../../shared/i18n/catalogue.test-support.ts'
import { LANGUAGES } from '../../shared/i18n/language.ts'
import { EN } from './en.ts'
import { TRANSLATIONS } from './window-words.ts'

it('has every window message in every language, with matching parameters and plurals', () => {
  const faults = LANGUAGES.flatMap((language) => {
    const translation = TRANSLATIONS[language]
    return translation === undefined ? [] : faultsOf(EN, translation, language)
  })
  expect(faults).toEqual([])
})
