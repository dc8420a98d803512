import { describe, expect, it } from 'vitest'
import type { Catalogue } from '../../shared/i18n/catalogue.ts'
import { faultsOf } from '../../shared/i18n/catalogue.test-support.ts'
import { DE } from './de.ts'
import { EN } from './en.ts'
import { ES } from './es.ts'
import { FR } from './fr.ts'
import { JA } from './ja.ts'
import { loadWords } from './words.ts'
import { ZH_HANS } from './zh-hans.ts'

describe('the words of the chat page', () => {
  it.each([
    ['de', DE],
    ['es', ES],
    ['fr', FR],
    ['ja', JA],
    ['zh-Hans', ZH_HANS],
  ] as const)('are complete in %s', (language, translation: Catalogue) => {
    expect(faultsOf(EN, translation, language)).toEqual([])
  })

  it.each([
    [['de-AT', 'en'], 'Abbrechen', 'de-AT'],
    [['zh-CN'], '取消', 'zh-CN'],
    [['en-GB'], 'Cancel', 'en-GB'],
    [['pt'], 'Cancel', 'en'],
  ])('match the browser languages %j: %s', async (preferred, cancel, tag) => {
    const words = await loadWords(preferred)
    expect(words.t('cancel')).toBe(cancel)
    expect(words.locale.tag).toBe(tag)
  })
})
