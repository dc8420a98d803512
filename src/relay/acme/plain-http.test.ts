import { describe, expect, it } from 'vitest'
import { plainAnswer } from './plain-http.ts'

const ORIGIN = 'https://relay.example.com'
const answers = new Map([['token', 'token.thumbprint']])
const ask = (method: string, url: string, rawHeaders: string[] = []) => {
  const { status, headers, body } = plainAnswer({ method, url, rawHeaders }, answers, ORIGIN)
  return { status, location: headers[headers.indexOf('location') + 1], text: Buffer.from(body).toString() }
}

it('answers only the challenge of a running validation', () => {
  expect(ask('GET', '/.well-known/acme-challenge/token')).toMatchObject({
    status: 200,
    text: 'token.thumbprint',
  })
  for (const path of ['other', '', 'token/', '../acme-challenge/token'])
    expect(ask('GET', `/.well-known/acme-challenge/${path}`).status).toBe(308)
})

describe('a redirect', () => {
  it.each([
    ['/', '/'],
    ['/chat?x=1', '/chat?x=1'],
    ['//elsewhere.example/x', '//elsewhere.example/x'],
    ['/\\elsewhere.example', '/\\elsewhere.example'],
    ['http://elsewhere.example/x', '/'],
    ['*', '/'],
  ])('of %s stays at this relay', (url, path) => {
    const { status, location } = ask('GET', url)
    expect([status, location]).toEqual([308, ORIGIN + path])
    expect(new URL(location ?? '').origin).toBe(ORIGIN)
  })

  it('applies to GET and HEAD only', () => {
    expect(ask('HEAD', '/').status).toBe(308)
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect(ask(method, '/').status).toBe(403)
  })
})

it.each([
  ['/v1/chat/completions', [], { error: { code: 'HTTPS_REQUIRED', type: 'permission_error' } }],
  ['/api/chat', [], { error: expect.stringContaining(`Use ${ORIGIN} instead of http://.`) as string }],
  ['/v1/messages', ['x-api-key', 'k'], { type: 'error', error: { code: 'HTTPS_REQUIRED' } }],
])('tells a client of %s in its own dialect to use HTTPS and to revoke its key', (url, rawHeaders, body) => {
  const { text } = ask('POST', url, rawHeaders)
  expect(JSON.parse(text)).toMatchObject(body)
  expect(text).toContain('revoke the key: it was sent unencrypted')
})
