import { expect, test } from 'vitest'
import { parseTarget } from './request-path.ts'

test.each([
  ['/', '/', ''],
  ['/api/tags', '/api/tags', ''],
  ['/api/tags/', '/api/tags/', ''],
  ['/api/me?ts=1%2F2..//', '/api/me', '?ts=1%2F2..//'],
  ['/v1/models/library/qwen2.5:7b', '/v1/models/library/qwen2.5:7b', ''],
  ['/v1/models/hf.co%2Fa%2Fb%3AQ4', '/v1/models/hf.co%2Fa%2Fb%3AQ4', ''],
  ['/v1/models/qwen2%2E5', '/v1/models/qwen2%2E5', ''],
  ['/k/ctl_x/v1/models/a%2Fb', '/k/ctl_x/v1/models/a%2Fb', ''],
  ['/api/tunnel/auth0%7C42/api/tags', '/api/tunnel/auth0%7C42/api/tags', ''],
  ['/api/...', '/api/...', ''],
])('%s is accepted with its encoding unchanged', (target, path, query) => {
  expect(parseTarget(target)).toEqual({ path, query })
})

test.each([
  '',
  '*',
  'api/tags',
  'http://127.0.0.1:11434/api/tags',
  '//evil/api/tags',
  '/api//tags',
  '/api/./tags',
  '/api/../debug/pprof',
  '/api/tags/..',
  '/api/tags/.',
  '/api/%2e%2e/tags',
  '/api/%2E/tags',
  '/api/tags%2ejson',
  '/api%2ftags',
  '/api%2Ftags',
  '/api\\tags',
  '/api/%5c..%5ctags',
  '/api/tags\0',
  '/api/tags%00',
  '/api/tags%0d%0aX:1',
  '/api/tags%7f',
  '/api/tags%c2%85',
  '/api/tags\r\nX: 1',
  '/api/ tags',
  '/api/tags#fragment',
  '/api/tags?a#b',
  '/api/tags?a b',
  '/api/tägs',
  '/api/%zz',
  '/api/%ff',
  '/api/%252e%252e/x',
  '/v1/models/..',
  '/v1/models/../../api/tags',
  '/v1/models/a/%2e%2e/b',
  '/v1/models/%2e%2e%2fapi%2ftags',
  '/v1/models/a%2f..%2fb',
  '/v1/models/a%2f%2fb',
  '/v1/models/a%5cb',
  '/v1/models/%2fa',
  '/v1/%6dodels%2f..',
])('%j is refused: servers disagree on what it names', (target) => {
  expect(() => parseTarget(target)).toThrow(expect.objectContaining({ code: 'BAD_PATH' }))
})

test.each([
  ['a path', `/api/${'a'.repeat(8 * 1024)}`, 'URI_TOO_LONG'],
  ['a query', `/api/tags?${'a'.repeat(8 * 1024)}`, 'URI_TOO_LONG'],
  ['the name of a model', `/v1/models/${'@a'.repeat(257)}`, 'TEXT_TOO_LONG'],
  ['the encoded name of a model', `/k/x/v1/models/${'%C3%A9'.repeat(257)}`, 'TEXT_TOO_LONG'],
])('%s that is too long is refused before it is processed', (_what, target, code) => {
  expect(() => parseTarget(target)).toThrow(expect.objectContaining({ code }))
})

test('a model name may have 512 bytes, however it is encoded', () => {
  for (const name of ['%61'.repeat(512), 'a'.repeat(512), '%C3%A9'.repeat(256)])
    expect(parseTarget(`/v1/models/${name}`).path).toBe(`/v1/models/${name}`)
})
