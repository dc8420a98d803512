import { expect, test } from 'vitest'
import { acceptedEncoding, encodedHeaders, isEncodable } from './answer-encoding.ts'

test.each([
  [undefined, null],
  ['', null],
  ['gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'gzip'],
  ['deflate, br', null],
  ['zstd', 'zstd'],
  ['ZSTD;q=0.5', 'zstd'],
  ['gzip;q=0, zstd', 'zstd'],
  ['gzip; q=0', null],
  ['*', 'gzip'],
  ['*;q=0', null],
  ['gzip;q=0, *', null],
  ['identity', null],
  ['identity;q=1, gzip;q=0.5', null],
  ['gzip;q=nonsense', null],
  ['x-gzip', null],
] as const)('Accept-Encoding %j selects %j', (accepted, encoding) => {
  expect(acceptedEncoding(accepted)).toBe(encoding)
})

const JSON_HEAD = ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', '5000']

test('only complete, long text responses are encoded', () => {
  expect(isEncodable(200, JSON_HEAD)).toBe(true)
  expect(isEncodable(200, ['content-type', 'text/plain'])).toBe(true)
  expect(isEncodable(200, ['content-type', 'application/json', 'content-length', '4095'])).toBe(false)
  expect(isEncodable(206, JSON_HEAD)).toBe(false)
  expect(isEncodable(500, JSON_HEAD)).toBe(false)
  expect(isEncodable(200, [...JSON_HEAD, 'Content-Encoding', 'br'])).toBe(false)
  expect(isEncodable(200, [...JSON_HEAD, 'Cache-Control', 'no-transform'])).toBe(false)
  for (const type of ['text/event-stream', 'application/x-ndjson', 'audio/mpeg', ''])
    expect(isEncodable(200, ['content-type', type])).toBe(false)
})

test('the headers reflect the encoding', () => {
  expect(encodedHeaders([...JSON_HEAD, 'ETag', '"1"'], 'gzip')).toEqual([
    'Content-Type',
    'application/json; charset=utf-8',
    'ETag',
    'W/"1"',
    'Content-Encoding',
    'gzip',
    'Vary',
    'Accept-Encoding',
  ])
})
