import { expect, it } from 'vitest'
import { endToEndHeaders, hasBody, headerOf, headersOf, keepHeaders, pairsOf } from './headers.ts'

const FIELDS = ['Host', 'a', 'X-Two', '1', 'x-two', '2', 'Vary', 'b']

it('finds the first or all values of a field, case-insensitively', () => {
  expect(headerOf(FIELDS, 'x-two')).toBe('1')
  expect(headersOf(FIELDS, 'x-two')).toEqual(['1', '2'])
  expect(headerOf(FIELDS, 'absent')).toBeUndefined()
  // A value must not match as a name.
  expect(headerOf(FIELDS, 'a')).toBeUndefined()
})

it('preserves names, values and their order', () => {
  expect(keepHeaders(FIELDS, (name) => name !== 'vary')).toEqual(FIELDS.slice(0, 6))
  expect(pairsOf(FIELDS).flat()).toEqual(FIELDS)
})

it.each([
  ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings'],
  ['proxy-authorization', 'proxy-connection', 'proxy-authenticate'],
])('drops hop-by-hop fields: %s …', (...names) => {
  expect(endToEndHeaders(names.flatMap((name) => [name.toUpperCase(), 'x']))).toEqual([])
})

it('drops fields named in Connection, except those that frame the body', () => {
  const fields = [
    'Connection',
    'X-Own, content-length',
    'x-own',
    '1',
    'Content-Length',
    '3',
    'connection',
    'Host',
  ]
  expect(endToEndHeaders([...fields, 'Host', 'a'])).toEqual(['Content-Length', '3', 'Host', 'a'])
})

it.each([
  [{ 'content-length': '1' }, true],
  [{ 'content-length': '0' }, false],
  [{ 'transfer-encoding': 'chunked' }, true],
  [{}, false],
])('%j: has a body: %s', (headers, expected) => {
  expect(hasBody(headers)).toBe(expected)
})
