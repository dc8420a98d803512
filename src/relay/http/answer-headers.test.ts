import { expect, it } from 'vitest'
import { parseAnswerHeaders } from './answer-headers.ts'

it('passes fields on as they are, one length among them', () => {
  const headers = ['Content-Type', 'text/plain', 'content-length', '12', 'X-A', 'a', 'x-a', 'ü\tb']
  expect(parseAnswerHeaders(headers)).toEqual(headers)
})

it('keeps the framing of the client’s connection to ourselves', () => {
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
  expect(parseAnswerHeaders([...ours, 'Proxy-Connection', 'x', 'keep-alive', 'x', 'a', 'b'])).toEqual([
    'a',
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
])('refuses what would split or blur the answer: %j', (headers) => {
  expect(() => parseAnswerHeaders(headers)).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }))
})
