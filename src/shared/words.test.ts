import { describe, expect, it } from 'vitest'
import { appWordingOf, keyedTexts, wordsFor } from './words.ts'

const TABLE = {
  'a.set': { cli: 'Set it: --name {name}', app: 'Enter it in the settings.' },
  'a.models': { one: '{name} has {count} model.', other: '{name} has {count} models.' },
  'a.since': '{what} on {day}, after {time}, at {places}.',
} as const
const text = keyedTexts(TABLE)

describe('a keyed text', () => {
  it('has one wording for each place', () => {
    expect(wordsFor(text('a.set', { name: 'x' }), 'cli')).toBe('Set it: --name x')
    expect(wordsFor(text('a.set', { name: 'x' }), 'app')).toBe('Enter it in the settings.')
    expect(appWordingOf(TABLE)['a.set']).toBe('Enter it in the settings.')
    expect(appWordingOf(TABLE)['a.models']).toEqual(TABLE['a.models'])
  })

  it('has the plural of its count', () => {
    const models = (count: number) => wordsFor(text('a.models', { name: 'A', count }), 'cli')
    expect([0, 1, 1234].map(models)).toEqual(['A has 0 models.', 'A has 1 model.', 'A has 1234 models.'])
  })

  it('contains other texts, and figures as a terminal shows them', () => {
    const since = text('a.since', {
      what: text('a.set', { name: 'x' }),
      day: { date: Date.UTC(2027, 2, 14) },
      time: { value: 0.94, unit: 'second', digits: 1 },
      places: { list: ['a', 'b'] },
    })
    expect(wordsFor(since, 'cli')).toBe('Set it: --name x on 2027-03-14, after 0.9 s, at a and b.')
    expect(wordsFor(since, 'app')).toMatch(/^Enter it in the settings\. on 2027/)
  })

  it('inserts a parameter literally, even if it looks like a placeholder', () => {
    expect(wordsFor(text('a.models', { name: '{count}', count: 2 }), 'cli')).toBe('{count} has 2 models.')
  })
})
