import { describe, expect, it } from 'vitest'
import { pairLinkFor } from '../../shared/pair-link.ts'
import { deepLinkIn, parseDeepLink } from './deep-link.ts'

const link = (query: string) => `cloudtolocalllm://pair?${query}`
const RELAY = 'relay=https%3A%2F%2Frelay.example.com'

describe('links to the app', () => {
  it.each([
    ['as relays write it', link(`${RELAY}&code=ABCD-2345`), 'https://relay.example.com/'],
    [
      'with the slash that Windows adds',
      `cloudtolocalllm://pair/?${RELAY}&code=ABCD-2345`,
      'https://relay.example.com/',
    ],
    ['with a path prefix', link(`relay=https://a.example/llm&code=ABCD-2345`), 'https://a.example/llm'],
    [
      'with a host in look-alike letters, told as it is',
      link(`relay=https://r\u0435lay.example&code=ABCD-2345`),
      'https://xn--rlay-v4d.example/',
    ],
  ])('fills in the form: %s', (_title, text, relayUrl) => {
    expect(parseDeepLink(text)).toEqual({ kind: 'pair', relayUrl, code: 'ABCD-2345' })
  })

  it.each([
    ['nothing to pair with', 'cloudtolocalllm://'],
    ['an unknown request', 'cloudtolocalllm://quit'],
    ['an unknown request with a form', `cloudtolocalllm://sign-out?${RELAY}&code=ABCD-2345`],
    ['a relay without TLS', link('relay=http://relay.example.com&code=ABCD-2345')],
    [
      'a user name that looks like a host',
      link('relay=https://relay.example.com@evil.example&code=ABCD-2345'),
    ],
    ['a query in the relay', link('relay=https%3A%2F%2Fevil.example%3Fx&code=ABCD-2345')],
    ['a script for a relay', link('relay=javascript:alert(1)&code=ABCD-2345')],
    ['two relays', link(`${RELAY}&relay=https://evil.example&code=ABCD-2345`)],
    ['two codes', link(`${RELAY}&code=ABCD-2345&code=ABCD-2346`)],
    ['an invalid code', link(`${RELAY}&code=%3Cscript%3E`)],
    ['no code', link(RELAY)],
    ['a link without end', link(`${RELAY}&code=ABCD-2345&x=${'x'.repeat(2_000)}`)],
    ['what cannot be read', 'cloudtolocalllm://%zz:x'],
  ])('only shows the window for %s', (_title, text) => {
    expect(parseDeepLink(text)).toEqual({ kind: 'show' })
  })

  it.each([
    ['https://relay.example.com'],
    ['--autostart'],
    [''],
    ['cloudtolocalllm'],
    ['/tmp/cloudtolocalllm:x'],
  ])('is not %s', (text) => {
    expect(parseDeepLink(text)).toBeNull()
  })

  it('are understood as relays print them', () => {
    const relayUrl = 'https://relay.example.com/models'
    expect(parseDeepLink(pairLinkFor(relayUrl, 'ABCD-2345'))).toEqual({
      kind: 'pair',
      relayUrl,
      code: 'ABCD-2345',
    })
  })

  it('are found among the arguments of a second launch', () => {
    expect(deepLinkIn(['/opt/app', '--flag', 'cloudtolocalllm://show'])).toEqual({ kind: 'show' })
    expect(deepLinkIn(['/opt/app', '--autostart'])).toBeNull()
  })
})
