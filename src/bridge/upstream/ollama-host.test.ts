import { describe, expect, it } from 'vitest'
import { connectableOrigin, isExposed, parseUpstreamUrl } from './ollama-host.ts'

describe('connectableOrigin', () => {
  it.each([
    ['', 'http://127.0.0.1:11434'],
    ['  "192.168.1.5"  ', 'http://192.168.1.5:11434'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8080', 'http://127.0.0.1:8080'],
    [':8080', 'http://127.0.0.1:8080'],
    ['[::]:8080', 'http://127.0.0.1:8080'],
    ['::', 'http://127.0.0.1:11434'],
    ['::1', 'http://[::1]:11434'],
    ['[::1]', 'http://[::1]:11434'],
    ['[fe80::1]:1234', 'http://[fe80::1]:1234'],
    ['localhost', 'http://127.0.0.1:11434'],
    ['LOCALHOST:1234', 'http://127.0.0.1:1234'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['https://box.lan', 'https://box.lan'],
    ['http://localhost:1234/v1/', 'http://127.0.0.1:1234'],
    ['box:99999', 'http://box:11434'],
    ['box:nonsense', 'http://box:11434'],
  ])('parses %j like Ollama, as an address to connect to', (text, origin) => {
    expect(connectableOrigin(text)).toBe(origin)
  })

  it.each([
    'ftp://box',
    'http://user:pass@box',
    'http://a b',
    'http://box?x=1',
    'box:1#x',
    'file:///etc/passwd',
  ])('refuses %j, to which no request can be sent', (text) => {
    expect(() => connectableOrigin(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})

describe('parseUpstreamUrl', () => {
  it.each([
    ['localhost:1234', 'http://127.0.0.1:1234'],
    ['http://box:8080/', 'http://box:8080'],
    ['http://box:8080/prefix', 'http://box:8080/prefix'],
    ['http://box:8080/prefix//', 'http://box:8080/prefix'],
    ['box:8080/a/b', 'http://box:8080/a/b'],
    ['http://localhost:1234/v1', 'http://127.0.0.1:1234'],
    ['http://box/prefix/v1/', 'http://box/prefix'],
    ['https://box/v10', 'https://box/v10'],
    ['https://box/a%20b', 'https://box/a%20b'],
  ])('reads %j as %j', (text, url) => {
    expect(parseUpstreamUrl(text)).toBe(url)
  })

  it.each([
    'http://user:pass@box/v1',
    'http://box/a?b',
    'http://box/a#b',
    'http://box/a b',
    'http://box/a\\b',
    'http://box/a/../b',
    'http://box/./b',
    'http://box/a//b',
    'http://box/a%2e%2e/b',
    'http://box/ä',
    'http://box/a\r\nb',
  ])('refuses %j', (text) => {
    expect(() => parseUpstreamUrl(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})

describe('isExposed', () => {
  it.each(['', '127.0.0.1:1', '127.8.9.1', 'localhost', '[::1]:1', 'http://localhost:1/'])(
    'does not warn about %j',
    (text) => expect(isExposed(text)).toBe(false),
  )

  it.each(['0.0.0.0', ':11434', '[::]:1', '192.168.1.5', 'box.lan', '127.evil.example'])(
    'warns about %j',
    (text) => expect(isExposed(text)).toBe(true),
  )
})
