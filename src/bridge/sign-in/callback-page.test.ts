import { describe, expect, it } from 'vitest'
import { faultsOf } from '../../shared/i18n/catalogue.test-support.ts'
import { LANGUAGES } from '../../shared/i18n/language.ts'
import { callbackPage } from './callback-page.ts'
import { EN, TRANSLATIONS } from './callback-words.ts'

describe('the page that the browser shows after a sign-in', () => {
  it.each(LANGUAGES)('is complete in %s', (language) => {
    expect(faultsOf(EN, TRANSLATIONS[language], language)).toEqual([])
  })

  it.each([
    ['de-AT,de;q=0.9,en;q=0.8', 'de', 'Du bist angemeldet'],
    ['pt-BR, fr;q=0.5', 'fr', 'Vous êtes connecté'],
    ['zh-CN', 'zh-Hans', '你已登录'],
    ['*', 'en', 'You are signed in'],
    [',;=,-', 'en', 'You are signed in'],
    [undefined, 'en', 'You are signed in'],
  ])('speaks the browser’s language, given %s: %s', (acceptLanguage, lang, title) => {
    const { html } = callbackPage({ kind: 'signedIn', deviceName: '<Desk>' }, acceptLanguage)
    expect(html).toContain(`<html lang="${lang}">`)
    expect(html).toContain(`<h1>${title}</h1>`)
    expect(html).toContain('&#60;Desk&#62;')
  })
})
