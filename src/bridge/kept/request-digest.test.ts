import { expect, test } from 'vitest'
import type { KeyDigest } from '../../shared/brands.ts'
import { digestOfRequest } from './request-digest.ts'

const head = (target: string, headers: string[] = []) => ({
  method: 'POST',
  target,
  headers,
  principal: { kind: 'key', digest: 'd' as KeyDigest } as const,
  requestId: 'r',
  hasBody: true,
})
const json = (target: string, body: string) => digestOfRequest(head(target), Buffer.from(body), false)

test('the same request has the same digest, another path or body a different one', async () => {
  const one = await json('/api/chat', '{"a":1}')
  expect(await json('/api/chat', '{"a":1}')).toBe(one)
  for (const [target, body] of [
    ['/api/generate', '{"a":1}'],
    ['/api/chat', '{"a":2}'],
    ['/api/chat?x', '{"a":1}'],
  ] as const)
    expect(await json(target, body)).not.toBe(one)
})

test('every byte of a long body counts', async () => {
  const body = Buffer.alloc(3 * 1024 * 1024 + 5)
  const one = await digestOfRequest(head('/'), body, false)
  body[body.length - 1] = 1
  expect(await digestOfRequest(head('/'), body, false)).not.toBe(one)
})

test('a form has the same digest with another boundary, and a different one with another part', async () => {
  const form = (boundary: string, content: string, name = 'file') => {
    const text = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n--${boundary}--\r\n`
    const headers = ['Content-Type', `multipart/form-data; boundary=${boundary}`]
    return digestOfRequest(head('/v1/audio/transcriptions', headers), Buffer.from(text), true)
  }
  const one = await form('a', 'sound')
  expect(await form('b', 'sound')).toBe(one)
  expect(await form('a', 'other')).not.toBe(one)
  expect(await form('a', 'sound', 'prompt')).not.toBe(one)
})
