import { describe, expect, it, test } from 'vitest'

import { wordsFor } from '../../shared/words.ts'
import { isLoopback, parseRelayUrl, publicUrlFor, toTunnelUrl } from './relay-address.ts'

const warningOf = (text: string, env: NodeJS.ProcessEnv) =>
  wordsFor(parseRelayUrl(text, env).warning ?? '', 'cli')

test.each([
  ['https://relay.example', 'wss://relay.example/ws/tunnel'],
  ['https://relay.example:8443/', 'wss://relay.example:8443/ws/tunnel'],
  ['https://example.com/llm', 'wss://example.com/llm/ws/tunnel'],
  ['https://example.com/llm//', 'wss://example.com/llm/ws/tunnel'],
  ['wss://relay.example', 'wss://relay.example/ws/tunnel'],
  ['http://127.0.0.1:3001', 'ws://127.0.0.1:3001/ws/tunnel'],
  ['ws://[::1]:3001', 'ws://[::1]:3001/ws/tunnel'],
])('%s accepts tunnels at %s', (text, expected) => {
  const { url, warning } = parseRelayUrl(text, {})
  expect(toTunnelUrl(url).href).toBe(expected)
  expect(url.protocol).toMatch(/^https?:$/)
  expect(warning).toBeNull()
})

test.each([
  'https://example.com/llm/v1',
  'https://example.com/llm/api/',
  'https://example.com/llm/k/ctl_abc_def',
  'https://example.com/llm/k/ctl_abc_def/',
  'https://example.com/llm/k/ctl_abc_def/v1/',
  'wss://example.com/llm/ws/tunnel',
  'https://example.com/llm/v1//',
])('%s, pasted from a client, is a relay at https://example.com/llm/', (text) => {
  expect(parseRelayUrl(text, {}).url.href).toBe('https://example.com/llm/')
})

test.each([
  'https://v1.example/',
  'https://example.com/v10/',
  'https://example.com/api/llm/',
  'https://example.com/k/',
])('%s is unchanged', (text) => {
  expect(parseRelayUrl(text, {}).url.href).toBe(text)
})

test.each([
  '',
  'relay.example',
  'relay.example:3001',
  'ftp://relay.example',
  'https://user:pw@relay.example',
  'https://relay.example/?token=x',
  'https://relay.example/#x',
])('%j is refused, naming the option and repeating no secret', (text) => {
  expect(() => parseRelayUrl(text, {})).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(() => parseRelayUrl(text, {})).toThrow(/^--relay: (?!.*(pw|token))/)
})

test.each([
  'http://relay.example',
  'ws://8.8.8.8',
  'http://172.32.0.1',
  'http://[2001:db8::1]',
  'http://127.0.0.1.evil.example',
  'http://10.0.0.1.evil.example',
  'http://[::ffff:8.8.8.8]',
])('%s would expose the credential on the network', (text) => {
  expect(() => parseRelayUrl(text, {})).toThrow('in clear')
  expect(() => parseRelayUrl(text, { CLOUDTOLOCALLLM_ALLOW_INSECURE: '0' })).toThrow('in clear')
  expect(warningOf(text, { CLOUDTOLOCALLLM_ALLOW_INSECURE: '1' })).toContain('not encrypted')
})

test.each([
  'http://192.168.1.20:3001',
  'http://10.1.2.3',
  'http://172.31.255.255',
  'http://100.100.1.1',
  'http://[fd00::1]',
  'http://[::ffff:10.0.0.1]',
])('%s is allowed in a private network, with a warning', (text) => {
  expect(warningOf(text, {})).toContain('not encrypted')
})

test.each([
  ['http://localhost:1', true],
  ['http://relay.localhost', true],
  ['http://127.8.9.10', true],
  ['http://[::1]', true],
  ['http://[::ffff:127.0.0.1]', true],
  ['http://localhost.example', false],
  ['http://10.0.0.1', false],
])('%s on this machine: %s', (text, expected) => {
  expect(isLoopback(new URL(text))).toBe(expected)
})

describe('the URL for clients', () => {
  const dialled = new URL('https://relay.example/llm/')

  it.each(['https://public.example', 'https://public.example:8443/x', 'https://public.example/'])(
    'is the one reported by the relay, if it is valid: %s',
    (said) => expect(publicUrlFor(said, dialled)).toBe(said.replace(/\/$/, '')),
  )

  it.each([
    '',
    'not a URL',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://me:pw@public.example',
    'https://public.example/?x',
    'https://public.example/#x',
    'https://public.example/\u001B]52;c;aWQ=\u0007',
    'https://public.\u202Eexample',
    'https://public.example\n/x',
    `https://public.example/${'a'.repeat(1_100)}`,
    'http://public.example',
  ])('is the dialled one otherwise: %j', (said) => {
    expect(publicUrlFor(said, dialled)).toBe('https://relay.example/llm')
  })

  it('may lack TLS if the relay does', () => {
    expect(publicUrlFor('http://192.168.1.2:3001', new URL('http://192.168.1.2:3001/'))).toBe(
      'http://192.168.1.2:3001',
    )
  })
})
