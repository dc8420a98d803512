import { expect, test } from 'vitest'
import type { KeyView } from '../../shared/ipc/view.ts'
import { keysShown, orderAfter } from './key-order.ts'

const key = (name: string, lastUsedAt: number | null, models: readonly string[] | null = null) =>
  ({ name, lastUsedAt, requests: lastUsedAt ?? 0, tokens: 0, models }) as unknown as KeyView
const KEYS = [key('b 10', null), key('b 2', 5, ['qwen']), key('A', 9)]
const namesOf = (...args: Parameters<typeof keysShown>) => keysShown(...args).map(({ name }) => name)

test('names are sorted naturally, and keys that were never used come last', () => {
  expect(namesOf(KEYS, '', { column: 'name', isDescending: false }, 'en')).toEqual(['A', 'b 2', 'b 10'])
  expect(namesOf(KEYS, '', { column: 'lastUsed', isDescending: true }, 'en')).toEqual(['A', 'b 2', 'b 10'])
})

test('a search finds names and models', () => {
  const order = { column: 'name', isDescending: false } as const
  expect(namesOf(KEYS, ' QWEN', order, 'en')).toEqual(['b 2'])
  expect(namesOf(KEYS, 'b', order, 'en')).toEqual(['b 2', 'b 10'])
})

test('a second click reverses the order', () => {
  const start = { column: 'name', isDescending: false } as const
  expect(orderAfter(start, 'name')).toEqual({ column: 'name', isDescending: true })
  expect(orderAfter(start, 'tokens')).toEqual({ column: 'tokens', isDescending: true })
})
