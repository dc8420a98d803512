import { expect, test } from 'vitest'
import { keptNameIn } from './kept-name.ts'

const key = (value: string) => keptNameIn(['Idempotency-Key', value])

test.each([
  ['8e03978e-40d5', '8e03978e-40d5'],
  ['"8e03978e-40d5"', '8e03978e-40d5'],
  ['"a \\"b\\" \\\\"', 'a "b" \\'],
  ['"half', '"half'],
  ['""', '""'],
])('the key %s names %s', (value, text) => {
  expect(key(value)).toEqual({ text, isConversation: false })
})

test('a conversation id also works, and the key takes precedence', () => {
  const both = ['X-Conversation-Id', 'c::m', 'idempotency-key', 'k']
  expect(keptNameIn(both.slice(0, 2))).toEqual({ text: 'c::m', isConversation: true })
  expect(keptNameIn(both)).toEqual({ text: 'k', isConversation: false })
  expect(keptNameIn(['Accept', '*/*'])).toBeUndefined()
})

test.each([
  ['', 'BAD_REQUEST'],
  ['schlüssel', 'BAD_REQUEST'],
  ['a\tb', 'BAD_REQUEST'],
  ['k'.repeat(257), 'TEXT_TOO_LONG'],
])('%j is not a valid name', (value, code) => {
  expect(() => key(value)).toThrow(expect.objectContaining({ code }))
})
