import { describe, expect, it } from 'vitest'
import { headerOf } from '../shared/headers.ts'
import { inertTypeFor, parseAnswerHeaders } from './answer-headers.ts'

it('passes the fields that clients read, unchanged', () => {
  const headers = [
    ['ETag', 'W/"tag"'],
    ['Retry-After', '7'],
    ['content-length', '12'],
    ['openai-processing-ms', '5'],
    ['x-ratelimit-remaining-requests', '5'],
    ['anthropic-ratelimit-tokens-reset', '2026-01-01T00:00:00Z'],
    ['X-Job-Id', 'job_1'],
    ['X-Request-Id', 'ü\tb'],
    ['x-request-id', 'second'],
  ].flat()
  expect(parseAnswerHeaders(headers)).toEqual(headers)
})

describe('a field that affects the relay’s whole origin is dropped', () => {
  it.each([
    'Set-Cookie',
    'Set-Cookie2',
    'Service-Worker-Allowed',
    'Clear-Site-Data',
    'Strict-Transport-Security',
    'Refresh',
    'Alt-Svc',
    'NEL',
    'Report-To',
    'Reporting-Endpoints',
    'Location',
    'Content-Location',
    'Link',
    'Content-Disposition',
    'Content-Security-Policy',
    'X-Content-Type-Options',
    'X-Frame-Options',
    'WWW-Authenticate',
    'Access-Control-Allow-Credentials',
    'Access-Control-Allow-Origin',
    'Cross-Origin-Resource-Policy',
    'Permissions-Policy',
    'Origin-Trial',
    'SourceMap',
    'Vary',
    'Server',
    'X-Powered-By',
    'X-Ctl-Hop',
    'X-Devices',
    'X-Queue-Position',
    'X-Accel-Redirect',
    'X-Sendfile',
    'X-Odd',
  ])('%s', (name) => {
    expect(parseAnswerHeaders([name, 'x', 'etag', 'y'])).toEqual(['etag', 'y'])
  })
})

it('fields of the bridge’s own encoding are passed', () => {
  expect(parseAnswerHeaders(['Vary', 'Accept-Encoding'])).toEqual(['Vary', 'Accept-Encoding'])
})

describe('a body that a browser would render or run', () => {
  it.each([
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'application/xhtml+xml',
    'image/svg+xml',
    'text/xml',
    'application/xml',
    'text/javascript',
    'application/javascript',
    'application/wasm',
    'text/css',
    'application/pdf',
    'multipart/x-mixed-replace; boundary=x',
    'text/plain, text/html',
    'text/plain; a=b, text/html',
    'text/plain; a="b", text/html',
    'application/json;,text/html',
    'text/plain text/html',
    '',
  ])('becomes a download: %s', (type) => {
    expect(parseAnswerHeaders(['Content-Type', type])).toEqual([
      'Content-Type',
      'application/octet-stream',
      'content-disposition',
      'attachment',
    ])
  })

  it('becomes a download if it is disguised as another type', () => {
    const headers = parseAnswerHeaders(['content-type', 'text/plain', 'Content-Type', 'text/html'])
    expect(headerOf(headers, 'content-type')).toBe('application/octet-stream')
  })
})

it.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/x-ndjson',
  'text/event-stream;charset=UTF-8',
  'text/plain; charset=utf-8',
  'text/vtt',
  'Audio/mpeg',
  'audio/webm; codecs="opus"',
  'image/png',
])('%s stays', (type) => {
  expect(inertTypeFor(type)).toBe(type)
})

it.each([
  ['no-cache', 'no-cache'],
  ['max-age=0', 'max-age=0'],
  ['no-cache, no-transform', 'no-cache, no-transform'],
  ['public, max-age=31536000, immutable', 'max-age=31536000, private'],
  ['s-maxage=60', 'private'],
])('keeps responses out of shared caches: %s', (given, kept) => {
  expect(parseAnswerHeaders(['Cache-Control', given])).toEqual(['Cache-Control', kept])
})

it('drops framing fields of the upstream connection', () => {
  const ours = [
    'Transfer-Encoding',
    'identity',
    'connection',
    'close',
    'Upgrade',
    'h2c',
    'TE',
    'x',
    'Trailer',
    'x',
  ]
  expect(parseAnswerHeaders([...ours, 'Proxy-Connection', 'x', 'keep-alive', 'x', 'etag', 'b'])).toEqual([
    'etag',
    'b',
  ])
})

it.each([
  [['a', 'b\r\nc: d']],
  [['a', 'b\0']],
  [['a', '€']],
  [['a\r\nb', 'c']],
  [['', 'a']],
  [['content-length', '1', 'Content-Length', '2']],
  [['content-length', '+1']],
  [['content-length', '']],
])('refuses headers that would split or corrupt the response: %j', (headers) => {
  expect(() => parseAnswerHeaders(headers)).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }))
})
