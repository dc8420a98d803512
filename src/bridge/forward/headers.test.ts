import { expect, test } from 'vitest'
import { requestHeadersFor, responseHeadersFor } from './headers.ts'

const HOST = '127.0.0.1:11434'
const NONE = { kind: 'none' } as const

test('credentials, proxy and browser fields and hop-by-hop fields never reach the upstream', () => {
  const names = [
    'Authorization',
    'X-API-Key',
    'api-key',
    'Cookie',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Real-IP',
    'Via',
    'CF-Connecting-IP',
    'CF-Access-Jwt-Assertion',
    'True-Client-IP',
    'Origin',
    'Referer',
    'Sec-Fetch-Mode',
    'Sec-CH-UA',
    'Host',
    'Expect',
    'Proxy-Authorization',
    'Proxy-Connection',
    'Access-Control-Request-Method',
    'Accept-Encoding',
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
    'Content-Length',
  ]
  expect(
    requestHeadersFor(
      names.flatMap((name) => [name, 'x']),
      HOST,
      NONE,
    ),
  ).toEqual(['Host', HOST])
})

test('everything else passes with its order, case and repetitions', () => {
  const headers = [
    'User-Agent',
    'ollama/1',
    'X-Stainless-Lang',
    'js',
    'anthropic-version',
    '1',
    'Accept',
    'a',
    'accept',
    'b',
  ]
  expect(requestHeadersFor(headers, HOST, NONE)).toEqual(['Host', HOST, ...headers])
})

test('fields named in Connection are dropped', () => {
  const headers = [
    'Connection',
    'close, X-Hop',
    'connection',
    'x-other',
    'X-HOP',
    '1',
    'X-Other',
    '2',
    'X-Kept',
    '3',
  ]
  expect(requestHeadersFor(headers, HOST, NONE)).toEqual(['Host', HOST, 'X-Kept', '3'])
  expect(responseHeadersFor(headers)).toEqual(['X-Kept', '3'])
})

test('the body is reframed, so that lengths cannot conflict', () => {
  const headers = ['Content-Length', '9', 'content-length', '8', 'Content-Encoding', 'zstd']
  const encoding = ['Content-Encoding', 'zstd']
  const framed = (framing: Parameters<typeof requestHeadersFor>[2]) =>
    requestHeadersFor(headers, HOST, framing).slice(2)
  expect(framed({ kind: 'checked', lengthBytes: 5 })).toEqual(['Content-Length', '5'])
  expect(framed({ kind: 'original', lengthBytes: 5 })).toEqual([...encoding, 'Content-Length', '5'])
  expect(framed({ kind: 'original', lengthBytes: null })).toEqual([
    ...encoding,
    'Transfer-Encoding',
    'chunked',
  ])
})

test('responses lose hop-by-hop fields and the upstream’s CORS, which would conflict with the relay’s', () => {
  const headers = [
    'Content-Type',
    'text/plain',
    'Transfer-Encoding',
    'chunked',
    'Access-Control-Allow-Origin',
    '*',
    'Content-Length',
    '3',
  ]
  expect(responseHeadersFor(headers)).toEqual(['Content-Type', 'text/plain', 'Content-Length', '3'])
})
