import { describe, expect, it } from 'vitest'
import { headerOf } from '../shared/headers.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'

const ORIGIN = 'https://chat.example'

describe('corsHeaders', () => {
  it('names the requesting origin, so that caches separate the responses', () => {
    const headers = corsHeaders(ORIGIN, ['*'])
    expect(headerOf(headers, 'access-control-allow-origin')).toBe(ORIGIN)
    expect(headerOf(headers, 'vary')).toBe('Origin')
    expect(headerOf(headers, 'access-control-expose-headers')).toContain('retry-after')
  })

  it('admits a sandboxed page, whose origin is null', () => {
    expect(headerOf(corsHeaders('null', ['*']), 'access-control-allow-origin')).toBe('null')
  })

  it('sends nothing to unlisted or missing origins', () => {
    expect(corsHeaders('https://evil.example', [ORIGIN])).toEqual(['vary', 'Origin'])
    expect(corsHeaders(`${ORIGIN}.evil.example`, [ORIGIN])).toEqual(['vary', 'Origin'])
    expect(corsHeaders(undefined, ['*'])).toEqual(['vary', 'Origin'])
  })
})

describe('preflightHeaders', () => {
  const ask = (...extra: string[]) =>
    preflightHeaders(['Origin', ORIGIN, 'Access-Control-Request-Method', 'DELETE', ...extra], [ORIGIN])

  it('allows any requested method and headers, so no fixed list breaks a new client', () => {
    const headers = ask('Access-Control-Request-Headers', 'anthropic-dangerous-direct-browser-access, x-foo')
    expect(headerOf(headers, 'access-control-allow-origin')).toBe(ORIGIN)
    expect(headerOf(headers, 'access-control-allow-methods')).toBe('DELETE')
    expect(headerOf(headers, 'access-control-allow-headers')).toBe(
      'anthropic-dangerous-direct-browser-access, x-foo',
    )
    expect(headerOf(headers, 'access-control-max-age')).toBe('86400')
    expect(headerOf(headers, 'vary')).toContain('Access-Control-Request-Headers')
  })

  it('allows private network access only on request', () => {
    expect(headerOf(ask(), 'access-control-allow-private-network')).toBeUndefined()
    expect(
      headerOf(ask('Access-Control-Request-Private-Network', 'true'), 'access-control-allow-private-network'),
    ).toBe('true')
  })

  it('allows nothing to an origin that is not listed', () => {
    const headers = preflightHeaders(['Origin', 'https://evil.example'], [ORIGIN])
    expect(headers.filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})
