import { expect, test } from 'vitest'

import { parseExpiry, parseNewKey, parseScopes } from './key-record.ts'

const NOW = Date.parse('2026-06-01T00:00:00Z')

test.each([
  ['30d', NOW + 30 * 86_400_000],
  ['12h', NOW + 12 * 3_600_000],
  ['45m', NOW + 45 * 60_000],
  ['never', null],
  ['2030-12-31', Date.parse('2030-12-31T00:00:00Z')],
  ['2030-12-31T10:00:00+02:00', Date.parse('2030-12-31T08:00:00Z')],
])('--expires %s', (text, expected) => {
  expect(parseExpiry(text, NOW)).toBe(expected)
})

test.each([
  '',
  '30',
  '0d',
  '-3d',
  '1.5h',
  '30 d',
  '2030',
  '2030-13-01',
  '2030-02-30',
  '2030-02-30T10:00Z',
  '2020-01-01',
  'NaN',
  '9999999d',
])('--expires %j is refused: a typo must not create a key that never expires', (text) => {
  expect(() => parseExpiry(text, NOW)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(() => parseExpiry(text, NOW)).toThrow('--expires')
})

test('--scopes accepts spaces and repetitions, and reports an unknown scope', () => {
  expect(parseScopes('inference, read,read')).toEqual(['inference', 'read'])
  expect(() => parseScopes('inference,admin')).toThrow('--scopes: there is no scope "admin"')
  expect(() => parseScopes('')).toThrow('--scopes')
})

test('every invalid field of a new key is reported as its option', () => {
  const wrong = {
    name: ' ',
    scopes: ['x'],
    models: [],
    expiresAt: 1,
    requestsPerMinute: 0,
    maxConcurrent: 1.5,
  }
  expect(() => parseNewKey(wrong)).toThrow(
    /--name:.*--scopes:.*--models:.*--requests-per-minute:.*--max-concurrent:/s,
  )
})

test('a key name cannot contain terminal escapes', () => {
  const key = {
    name: 'a\u001B[2J',
    scopes: ['read'],
    models: null,
    expiresAt: null,
    requestsPerMinute: null,
    maxConcurrent: null,
  }
  expect(() => parseNewKey(key)).toThrow('--name')
})
