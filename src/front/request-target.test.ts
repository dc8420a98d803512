import { describe, expect, it } from 'vitest'
import { formatKey } from '../shared/key-format.ts'
import { type ClientRequest, parseClientRequest, unprefixed } from './request-target.ts'

const ROUTING_ID = 'a'.repeat(20)
const KEY = formatKey(ROUTING_ID, 'S'.repeat(43))
const OTHER_KEY = formatKey(ROUTING_ID, 'T'.repeat(43))
const TOKEN = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln'
/** Issued by the provider of a sign-in proxy. */
const FOREIGN = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln'
const couldAccept = (token: string): boolean => token !== FOREIGN
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

const parse = (url: string, rawHeaders: string[] = [], method = 'GET'): ClientRequest =>
  parseClientRequest({ method, url, rawHeaders }, couldAccept)

describe('where a request goes', () => {
  it.each([
    ['/api/chat', '/api/chat'],
    ['/v1/models/hf.co%2Fa%2Fb:q4?x=%20', '/v1/models/hf.co%2Fa%2Fb:q4?x=%20'],
    [`/k/${KEY}/api/tags?a=1`, '/api/tags?a=1'],
    ['/api/tunnel/alice/api/chat', '/api/chat'],
    ['/api/tunnel/alice/v1/models?q=/api/tunnel/bob', '/v1/models?q=/api/tunnel/bob'],
    [`/k/${KEY}/api/tunnel/alice/v1/models`, '/v1/models'],
    ['/api/never-heard-of', '/api/never-heard-of'],
  ])('forwards %s to the upstream byte for byte', (url, target) => {
    expect(parse(url)).toMatchObject({ kind: 'upstream', target })
  })

  it.each([
    ['/', 'root'],
    ['/?x=1', 'root'],
    [`/k/${KEY}`, 'root'],
    [`/k/${KEY}/`, 'root'],
    [`/k/${KEY}?x`, 'root'],
    ['/api/tunnel/alice', 'root'],
    ['/api/tunnel/alice/', 'root'],
    ['/health', 'health'],
    ['/health/live', 'live'],
    ['/health/ready', 'ready'],
    ['/metrics', 'metrics'],
    ['/.well-known/cloudtolocalllm', 'wellKnown'],
    ['/.well-known/security.txt', 'security'],
    ['/api/tunnel/health', 'tunnelHealth'],
    ['/api/tunnel/status?x', 'tunnelStatus'],
    ['/api/tunnel/metrics', 'tunnelMetrics'],
    ['/api/tunnel/health/alice', 'tunnelUserHealth'],
  ])('answers %s itself', (url, name) => {
    expect(parse(url)).toMatchObject({ kind: 'own', name })
  })

  it.each([
    '/debug/pprof',
    '/api',
    '/apiary/chat',
    '/v1',
    '/v10/models',
    '/k',
    '/health/dead',
    '/api/tunnel',
    '/api/tunnel/',
    '/api/tunnel/status/api/chat',
    '/api/tunnel/health/alice/api/chat',
    '/api/tunnel/alice/metrics',
    `/k/${KEY}/metrics`,
    '/k/x/api/pair',
    '/metrics/',
    '/api/tunnel/alice/api/tunnel/bob/api/chat',
    '/constructor',
  ])('serves nothing at %s', (url) => {
    expect(parse(url).kind).toBe('unknown')
  })

  it('lists the methods of the relay’s own paths', () => {
    expect(parse('/', [], 'POST')).toMatchObject({ kind: 'wrongMethod', allow: ['GET', 'HEAD'] })
    expect(parse('/api/pair')).toMatchObject({ kind: 'wrongMethod', allow: ['POST'] })
    expect(parse('/api/pair', [], 'POST')).toMatchObject({ kind: 'own', name: 'pair' })
  })

  it.each([
    '/api/../k',
    `/k/${KEY}/../api/chat`,
    '///api/chat',
    'http://x/api',
    '*',
    '/api/tunnel/a%2Fb/api/chat',
  ])('refuses the path %s, which others could read differently', (url) => {
    expect(() => parse(url)).toThrow(expect.objectContaining({ code: 'BAD_PATH' }))
  })

  it('decodes the user id in a path, since providers use a vertical bar in theirs', () => {
    expect(parse('/api/tunnel/auth0%7C12/api/chat')).toMatchObject({ userId: 'auth0|12' })
    expect(parse('/api/tunnel/health/auth0%7C12')).toMatchObject({ userId: 'auth0|12' })
    expect(parse('/api/chat')).toMatchObject({ userId: undefined })
  })

  it('keeps the key out of the logged path', () => {
    expect(JSON.stringify({ ...parse(`/k/${KEY}/api/chat`), credential: 0 })).not.toContain('ctl_')
    expect(JSON.stringify({ ...parse(`/k/${KEY}-mistyped/x`), credential: 0 })).not.toContain('ctl_')
  })
})

describe('the credential of a request', () => {
  const key = { kind: 'key', key: KEY, routingId: ROUTING_ID }
  const token = { kind: 'token', token: TOKEN }
  const credentialOf = (rawHeaders: string[], url = '/api/chat') => parse(url, rawHeaders).credential

  it('accepts a key in each of the three places', () => {
    expect(credentialOf(['Authorization', `Bearer ${KEY}`])).toEqual(key)
    expect(credentialOf(['AUTHORIZATION', `bearer  ${KEY} `])).toEqual(key)
    expect(credentialOf(['X-Api-Key', KEY])).toEqual(key)
    expect(credentialOf([], `/k/${KEY}/api/chat`)).toEqual(key)
  })

  it.each([
    ['me', KEY],
    ['', KEY],
    [KEY, ''],
  ])('accepts a key as user %j and password %j', (user, password) => {
    expect(credentialOf(['Authorization', basic(user, password)])).toEqual(key)
    expect(credentialOf(['Authorization', basic(user, password)], `/k/${KEY}/api/chat`)).toEqual(key)
  })

  it('ignores a key that is only a part of user or password', () => {
    for (const value of [
      basic('me', `${KEY}:x`),
      basic(KEY, 'x'),
      `Basic ${Buffer.from(KEY).toString('base64')}`,
    ])
      expect(credentialOf(['authorization', value])).toMatchObject({ kind: 'malformed' })
  })

  it.each([
    [['authorization', `Bearer ${FOREIGN}`, 'x-api-key', KEY], '/api/chat'],
    [['authorization', `Bearer ${FOREIGN}`], `/k/${KEY}/api/chat`],
    [['authorization', `Bearer ${FOREIGN}`, 'authorization', basic('me', KEY)], '/api/chat'],
  ])('prefers a key to a token that this relay could never accept', (headers, url) => {
    expect(credentialOf(headers, url)).toEqual(key)
  })

  it('still verifies such a token if it is the only credential', () => {
    expect(credentialOf(['authorization', `Bearer ${FOREIGN}`])).toEqual({ kind: 'token', token: FOREIGN })
    expect(credentialOf(['authorization', `Bearer ${FOREIGN}`, 'x-api-key', TOKEN])).toEqual(token)
  })

  it('accepts a bearer token', () => {
    expect(credentialOf(['Authorization', `Bearer ${TOKEN}`])).toEqual(token)
  })

  it('accepts the same key twice', () => {
    expect(credentialOf(['authorization', `Bearer ${KEY}`, 'x-api-key', KEY], `/k/${KEY}/v1/models`)).toEqual(
      key,
    )
  })

  it.each([
    [['authorization', `Bearer ${KEY}`, 'x-api-key', OTHER_KEY], '/api/chat'],
    [['authorization', `Bearer ${KEY}`, 'authorization', `Bearer ${OTHER_KEY}`], '/api/chat'],
    [['authorization', `Bearer ${TOKEN}`], `/k/${KEY}/api/chat`],
  ])('refuses conflicting credentials', (headers, url) => {
    expect(credentialOf(headers, url)).toMatchObject({
      kind: 'malformed',
      why: expect.stringContaining('several'),
    })
  })

  it.each(['Bearer ollama', 'Bearer sk-no-key-required', 'AAAAC3Nza:c2lnbmF0dXJl', 'Basic dTpw'])(
    'ignores %j next to a key in the path, since some clients always send one',
    (value) => {
      expect(credentialOf(['authorization', value], `/k/${KEY}/api/chat`)).toEqual(key)
    },
  )

  it.each([
    ['authorization', 'Bearer ollama'],
    ['authorization', 'Bearer'],
    ['authorization', 'Basic dTpw'],
    ['x-api-key', ''],
    ['authorization', `Bearer ${KEY}x`],
    ['authorization', 'Bearer a.b.'],
  ])('reports %s: %s as malformed', (name, value) => {
    expect(credentialOf([name, value])).toMatchObject({ kind: 'malformed' })
  })

  it('reports a mistyped key in the path as malformed and still finds the target', () => {
    expect(parse('/k/ctl_oops/api/chat')).toMatchObject({
      kind: 'upstream',
      target: '/api/chat',
      credential: { kind: 'malformed' },
    })
  })

  it('finds no credential if there is none', () => {
    expect(credentialOf([])).toEqual({ kind: 'none' })
  })
})

describe('a URL that is refused', () => {
  it.each([
    [`/k/${KEY}/v1//models`, '/v1//models'],
    [`//k/${KEY}//v1/models`, '/v1/models'],
    ['/k/nonsense', ''],
    ['/api/tunnel/alice/v1/../x', '/v1/../x'],
    [`/k/${KEY}/api/tunnel/alice/v1`, '/v1'],
    ['/api/tunnel/status', '/api/tunnel/status'],
    ['/v1/models', '/v1/models'],
  ])('%s still shows the requested path', (url, path) => {
    expect(unprefixed(url)).toBe(path)
  })
})
