import { describe, expect, it } from 'vitest'
import type { Catalogue } from './catalogue.ts'
import { faultsOf } from './catalogue.test-support.ts'
import { localeFor, type Language } from './language.ts'
import { Translator } from './translator.ts'

const en = {
  hello: 'Hello',
  reached: 'Connected to {relay} in {ms} ms',
  models: { one: '{count} model of {name}', other: '{count} models of {name}' },
} as const satisfies Catalogue

const de = {
  hello: 'Hallo',
  reached: 'In {ms} ms mit {relay} verbunden',
  models: { one: '{count} Modell von {name}', other: '{count} Modelle von {name}' },
}

const inLanguage = (language: Language) => ({ language, tag: language })
const english = new Translator(inLanguage('en'), en)
const german = new Translator(inLanguage('de'), en, de)
/** In the machine's time zone, as a person reads it. */
const NOON = new Date(2027, 2, 14, 12).getTime()
/** Units follow non-breaking spaces. */
const plain = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, ' ')

describe('words', () => {
  it('interpolate parameters in each language’s order', () => {
    expect(english.t('reached', { relay: 'r', ms: 1200 })).toBe('Connected to r in 1,200 ms')
    expect(german.t('reached', { relay: 'r', ms: 1200 })).toBe('In 1.200 ms mit r verbunden')
  })

  it('use the plural form for the count', () => {
    expect(english.t('models', { count: 1, name: 'A' })).toBe('1 model of A')
    expect(english.t('models', { count: 0, name: 'A' })).toBe('0 models of A')
    expect(german.t('models', { count: 1, name: 'A' })).toBe('1 Modell von A')
  })

  it('insert a parameter literally, even if it looks like a placeholder', () => {
    expect(english.t('models', { count: 2, name: '{count}' })).toBe('2 models of {count}')
  })

  it('fall back to English one message at a time', () => {
    const half = new Translator(inLanguage('de'), en, { hello: 'Hallo' })
    expect(half.t('hello')).toBe('Hallo')
    expect(half.t('models', { count: 3, name: 'A' })).toBe('3 models of A')
  })

  it('can be split into parts for markup', () => {
    expect(english.pieces('reached', { relay: 'r', ms: 5 })).toEqual([
      'Connected to ',
      { name: 'relay', value: 'r' },
      ' in ',
      { name: 'ms', value: '5' },
      ' ms',
    ])
  })
})

describe('figures', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234_567, '1.2 MB'],
    [12_345_678, '12 MB'],
    [5e15, '5,000 TB'],
  ])('size of %d: %s', (bytes, text) => {
    expect(plain(english.size(bytes))).toBe(text)
  })

  it.each([
    [840, '840 ms'],
    [2_300, '2.3s'],
    [59_400, '59s'],
    [125_000, '2m 5s'],
    [3_900_000, '1h 5m'],
  ])('duration of %d: %s', (ms, text) => {
    expect(plain(english.duration(ms))).toBe(text)
  })

  it('follow the language’s conventions', () => {
    expect(plain(german.size(1_234_567))).toBe('1,2 MB')
    expect(plain(german.duration(2_300))).toBe('2,3 Sek.')
    expect(plain(new Translator(inLanguage('fr'), en).duration(125_000))).toBe('2 min 5 s')
    expect(plain(new Translator(inLanguage('ja'), en).duration(125_000))).toBe('2 分 5 秒')
    expect(german.date(NOON)).toBe('14. März 2027')
    expect(new Translator(inLanguage('ja'), en).date(NOON)).toBe('2027年3月14日')
  })

  it.each([
    [400, 'in 1 second'],
    [42_000, 'in 42 seconds'],
    [3_430_000, 'in 57 minutes'],
    [5_400_000, 'in 2 hours'],
  ])('until a moment in %d ms: %s', (ms, text) => {
    expect(english.until(ms)).toBe(text)
  })

  it('are listed with the comma of the language', () => {
    expect(english.list(['a', 'b', 'c'])).toBe('a, b, c')
    expect(new Translator(inLanguage('ja'), en).list(['a', 'b'])).toBe('a、b')
  })

  it('show the time of today, and the day of an earlier moment', () => {
    expect(plain(english.moment(NOON, NOON + 60_000))).toBe('12:00:00 PM')
    expect(plain(english.moment(NOON, NOON + 24 * 3_600_000))).toBe('Mar 14, 12:00 PM')
    expect(plain(german.moment(NOON, NOON + 24 * 3_600_000))).toBe('14. März, 12:00')
    expect(german.day(NOON)).toBe('14. März')
    expect([plain(english.hour(22)), german.hour(7)]).toEqual(['10 PM', '07 Uhr'])
  })

  it('show the age, and later the date', () => {
    expect(english.age(NOON - 10_000, NOON)).toBe('now')
    expect(english.age(NOON + 10_000, NOON)).toBe('now')
    expect(english.age(NOON - 5 * 60_000, NOON)).toBe('5 min. ago')
    expect(english.age(NOON - 3 * 3_600_000, NOON)).toBe('3 hr. ago')
    expect(english.age(NOON - 48 * 3_600_000, NOON)).toBe('March 12, 2027')
  })
})

describe('the language', () => {
  it.each([
    [['de-AT', 'en'], 'de', 'de-AT'],
    [['pt-BR', 'fr-CA'], 'fr', 'fr-CA'],
    [['zh-CN'], 'zh-Hans', 'zh-CN'],
    [['zh-TW', 'ja'], 'ja', 'ja'],
    [['not a tag', 'es-419'], 'es', 'es-419'],
    [['en-GB'], 'en', 'en-GB'],
    [['xx'], 'en', 'en'],
    [[], 'en', 'en'],
  ])('of a system with %j is %s', (preferred, language, tag) => {
    expect(localeFor('system', preferred)).toEqual({ language, tag })
  })

  it('that the user chose takes precedence, with the system’s region if it matches', () => {
    expect(localeFor('de', ['en-GB', 'de-CH'])).toEqual({ language: 'de', tag: 'de-CH' })
    expect(localeFor('ja', ['en-GB'])).toEqual({ language: 'ja', tag: 'ja' })
  })
})

describe('the check of a translation', () => {
  it('finds nothing wrong with a complete one', () => {
    expect(faultsOf(en, de, 'de')).toEqual([])
  })

  it.each([
    [{ ...de, hello: ' ' }, 'de: hello is empty'],
    [{ ...de, more: 'x' }, 'de: more is not in the English catalogue'],
    [{ ...de, reached: '{relay}' }, 'de: reached has other parameters than in English: relay, ms'],
    [{ ...de, models: '{name}' }, 'de: models differs in its plural'],
    [{ ...de, models: { other: '{name}' } }, 'de: models has no form for one'],
    [{ reached: de.reached, models: de.models }, 'de: hello is missing'],
  ])('finds %j', (translation, fault) => {
    expect(faultsOf(en, translation as Catalogue, 'de')).toEqual([fault])
  })

  it.each([
    ['de', 'Laden…', 'Laden …'],
    ['fr', 'Charger ?', 'Charger\u00a0?'],
    ['fr', '« Charger »', '«\u00a0Charger\u00a0»'],
  ] as const)('knows the spacing of %s: %s', (language, wrong, right) => {
    const faults = (hello: string) => faultsOf({ hello: 'Load' }, { hello }, language)
    expect(faults(wrong)).toEqual([`${language}: hello breaks a spacing rule`])
    expect(faults(right)).toEqual([])
  })
})
