import { expect, it } from 'vitest'
import { faultsOf } from '../../shared/i18n/catalogue.test-support.ts'
import { LANGUAGES } from '../../shared/i18n/language.ts'
import { EN } from './en.ts'
import { TRANSLATIONS } from './window-words.ts'

it.each(LANGUAGES)('has every window message in %s, with matching parameters and plurals', (language) => {
  expect(faultsOf(EN, TRANSLATIONS[language], language)).toEqual([])
})
