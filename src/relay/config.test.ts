import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseRelayConfig, relaySettings } from './config.ts'
import type { SettingFile } from './setting-source.ts'

const messageOf = (flags: object, env: Record<string, string> = {}, file?: SettingFile): string => {
  try {
    parseRelayConfig(flags, env, file)
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as Error).message
  }
  throw new Error('accepted')
}

describe('parseRelayConfig', () => {
  it('gives every setting its default', () => {
    const config = parseRelayConfig({}, {})
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3001,
      owner: 'owner',
      maxBodyBytes: 536_870_912,
      maxRequests: 0,
      corsOrigins: ['*'],
    })
    expect([config.operatorToken, config.publicUrl]).toEqual([undefined, undefined])
    expect(config.dataDir).toContain('cloudtolocalllm')
    expect(config.trustedProxies.check('127.0.0.1')).toBe(false)
    expect(config.trustedProxies.check('::1', 'ipv6')).toBe(false)
    expect(config.metricsOnLoopback).toBe(false)
  })

  it('prefers a flag to the environment, and a variable to its alias', () => {
    const env = { PORT: '4000', WEBSOCKET_PORT: '5000' }
    expect(parseRelayConfig({ port: '0' }, env).port).toBe(0)
    expect(parseRelayConfig({}, env).port).toBe(4000)
    expect(parseRelayConfig({}, { WEBSOCKET_PORT: '5000' }).port).toBe(5000)
  })

  it('treats an empty variable as unset, not as zero', () => {
    expect(parseRelayConfig({}, { PORT: '', PING_INTERVAL: '' })).toMatchObject({
      port: 3001,
      pingIntervalMs: 30_000,
    })
  })

  it('names the invalid flag or variable, and what is allowed, in one line', () => {
    expect(messageOf({ port: 'abc' })).toBe('--port must be a whole number from 0 to 65535')
    expect(messageOf({}, { PORT: '70000' })).toBe('PORT must be a whole number from 0 to 65535')
    expect(messageOf({ publicUrl: 'ftp://x' })).toMatch(/^--public-url must be an http\(s\) URL/)
    expect(messageOf({}, { TRUSTED_PROXIES: '10.0.0.0/33' })).toMatch(/^TRUSTED_PROXIES must be none/)
  })

  it.each(['1e3', '-1', '1.5', '0x10', ' '])('refuses %j as a number', (value) => {
    expect(messageOf({ maxMissedPongs: value })).toContain('--max-missed-pongs')
  })

  it('does not repeat a secret in the error', () => {
    expect(messageOf({}, { OPERATOR_TOKEN: 'short-secret' })).not.toContain('short-secret')
  })

  it('refuses a public URL with credentials or a query, and removes a trailing slash', () => {
    expect(messageOf({ publicUrl: 'https://me:pw@relay.example' })).toContain('--public-url')
    for (const publicUrl of [
      'https://relay.example/?a',
      'https://relay.example/\u001B[2J',
      'https://relay.exa\u202Emple',
      `https://relay.example/${'a'.repeat(2_000)}`,
    ])
      expect(messageOf({ publicUrl })).toContain('--public-url')
    expect(parseRelayConfig({ publicUrl: 'https://relay.example/llm/' }, {}).publicUrl).toBe(
      'https://relay.example/llm',
    )
  })

  it('parses lists', () => {
    const config = parseRelayConfig(
      {},
      { CORS_ORIGINS: 'https://a.example, http://localhost:8080', TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8' },
    )
    expect(config.corsOrigins).toEqual(['https://a.example', 'http://localhost:8080'])
    expect(config.trustedProxies.check('10.1.2.3')).toBe(true)
    expect(config.trustedProxies.check('fd00::1', 'ipv6')).toBe(true)
    expect(config.trustedProxies.check('127.0.0.1')).toBe(false)
  })

  it('accepts the variable names of Auth0 and Supabase', () => {
    const OIDC_AUDIENCE = 'api'
    const issuersOf = (env: Record<string, string>) =>
      parseRelayConfig({}, { OIDC_AUDIENCE, ...env }).oidcIssuers
    expect(issuersOf({ OIDC_ISSUER: 'https://a.example/x/, http://localhost:9' })).toEqual([
      'https://a.example/x/',
      'http://localhost:9',
    ])
    expect(issuersOf({ AUTH0_DOMAIN: 'me.eu.auth0.com' })).toEqual(['https://me.eu.auth0.com/'])
    expect(issuersOf({ SUPABASE_AUTH_DOMAIN: 'ref.supabase.co' })).toEqual([
      'https://ref.supabase.co/auth/v1',
    ])
    expect(parseRelayConfig({}, { AUTH0_DOMAIN: 'x.example', AUTH0_AUDIENCE: 'a,b' })).toMatchObject({
      oidcAudiences: ['a', 'b'],
    })
  })

  it.each([
    'http://id.example',
    'https://me:pw@id.example',
    'https://id.example/?x',
    'id.example',
    'https://a.example,',
  ])('refuses %j as an issuer', (issuer) => {
    expect(messageOf({}, { OIDC_ISSUER: issuer, OIDC_AUDIENCE: 'api' })).toMatch(/^OIDC_ISSUER must be/)
  })

  it('requires an audience with an issuer, and an issuer if pairing is disabled', () => {
    expect(messageOf({}, { OIDC_ISSUER: 'https://id.example' })).toMatch(/OIDC_AUDIENCE/)
    expect(messageOf({}, { PAIRING_ENABLED: 'false' })).toMatch(/OIDC_ISSUER/)
    expect(messageOf({}, { PAIRING_ENABLED: 'no' })).toBe('PAIRING_ENABLED must be true or false')
  })

  it('refuses an owner name with the prefix of signed-in owners', () => {
    expect(messageOf({ owner: 'oidc-x' })).toMatch(/^--owner must be/)
  })

  it('trusts loopback as a proxy only if configured', () => {
    const { trustedProxies } = parseRelayConfig({}, { TRUSTED_PROXIES: 'loopback' })
    expect(trustedProxies.check('127.0.0.1')).toBe(true)
    expect(trustedProxies.check('::1', 'ipv6')).toBe(true)
    expect(trustedProxies.check('10.0.0.1')).toBe(false)
  })

  it('refuses an origin with a path, which no browser would ever send', () => {
    expect(messageOf({ corsOrigins: 'https://a.example/app' })).toContain('--cors-origins')
  })
})

describe('a file', () => {
  const file = (values: Record<string, unknown>): SettingFile => ({ path: 'relay.json', values })

  it('ranks below flags and the environment, and above a preset and the defaults', () => {
    const config = parseRelayConfig(
      { port: '1' },
      { MAX_STREAMS: '2' },
      file({ PORT: 9, MAX_STREAMS: 9, PRESET: 'hosted', RATE_LIMIT_MAX_CONCURRENT: 7 }),
    )
    expect(config).toMatchObject({ port: 1, maxStreams: 2, maxConcurrentStreams: 7, maxRequests: 100 })
  })

  it('accepts JSON numbers, booleans and arrays', () => {
    const values = { COMPRESSION_ENABLED: true, CORS_ORIGINS: ['https://a.example', 'https://b.example'] }
    expect(parseRelayConfig({}, {}, file({ ...values, OPERATOR_TOKEN: null }))).toMatchObject({
      compressionEnabled: true,
      corsOrigins: values.CORS_ORIGINS,
    })
  })

  it.each([
    [{ PORT: 'x' }, 'PORT in relay.json must be a whole number from 0 to 65535'],
    [{ PORT: {} }, 'PORT in relay.json must be a whole number from 0 to 65535'],
    [{ PROT: 1 }, 'relay.json contains an unknown setting: PROT'],
    [{ port: 1 }, 'relay.json contains an unknown setting: port'],
  ])('with %j is refused in one line that names the file', (values, message) => {
    expect(messageOf({}, {}, file(values))).toBe(message)
  })
})

describe('settings that depend on others', () => {
  it('makes a hosted relay stricter, and keeps explicit settings', () => {
    const hosted = (env: Record<string, string>) => parseRelayConfig({ preset: 'hosted' }, env)
    expect(hosted({})).toMatchObject({ maxRequests: 100, maxConcurrentStreams: 3 })
    expect(hosted({ RATE_LIMIT_REQUESTS_PER_MINUTE: '7' })).toMatchObject({ maxRequests: 7 })
    expect(messageOf({ preset: 'constructor' })).toBe('--preset must be hosted')
  })

  it('applies a request timeout to the acknowledgement, never to the first byte', () => {
    const env = { TUNNEL_REQUEST_TIMEOUT: '30000' }
    expect(parseRelayConfig({}, env)).toMatchObject({ ackTimeoutMs: 30_000, idleTimeoutMs: 3_600_000 })
    expect(parseRelayConfig({}, { ...env, ACK_TIMEOUT: '5000' }).ackTimeoutMs).toBe(5000)
    expect(messageOf({}, { TUNNEL_REQUEST_TIMEOUT: 'soon' })).toMatch(/^TUNNEL_REQUEST_TIMEOUT must be/)
  })

  it('refuses a per-minute limit with another window', () => {
    const env = { TUNNEL_RATE_LIMIT_WINDOW: '1000', RATE_LIMIT_REQUESTS_PER_MINUTE: '5' }
    expect(messageOf({}, env)).toMatch(/^RATE_LIMIT_REQUESTS_PER_MINUTE needs a window of a minute/)
    expect(parseRelayConfig({}, { ...env, TUNNEL_RATE_LIMIT_MAX_REQUESTS: '5' }).maxRequests).toBe(5)
  })

  describe('with a domain', () => {
    it('serves HTTPS for it on all addresses unless configured otherwise', () => {
      const site = { host: '::', port: 443, httpPort: 80, publicUrl: 'https://relay.example.com' }
      expect(parseRelayConfig({ domain: ' Relay.Example.COM ' }, {})).toMatchObject({
        ...site,
        domain: 'relay.example.com',
        acmeDirectory: 'https://acme-v02.api.letsencrypt.org/directory',
      })
      expect(parseRelayConfig({}, { DOMAIN: 'bücher.example' }).domain).toBe('xn--bcher-kva.example')
      const env = { DOMAIN: 'relay.example.com', HOST: '10.0.0.1', PORT: '8443', HTTP_PORT: '8080' }
      expect(parseRelayConfig({ publicUrl: 'https://relay.example.com:8443' }, env)).toMatchObject({
        host: '10.0.0.1',
        port: 8443,
        httpPort: 8080,
        publicUrl: 'https://relay.example.com:8443',
      })
    })

    it.each([
      '192.0.2.1',
      '[2001:db8::1]',
      '2001:db8::1',
      'https://relay.example.com',
      'relay.example.com:443',
      'relay.example.com/',
      '*.example.com',
      'localhost',
      'relay.localhost',
      'relay',
      'relay.example.com.',
      '-relay.example.com',
      'a b.example.com',
      'a.example,b.example',
      `${'a'.repeat(64)}.example`,
      `${'a.'.repeat(100)}example`,
    ])('refuses %s', (domain) => {
      expect(messageOf({ domain })).toBe(
        '--domain must be one host name such as relay.example.com, without scheme, port or wildcard, and not an IP address',
      )
    })

    it.each([
      [
        { redisUrl: 'redis://redis' },
        '--domain is for a single relay: with REDIS_URL, terminate TLS at the load balancer and omit --domain',
      ],
      [
        { tlsCertFile: 'a', tlsKeyFile: 'b' },
        '--domain obtains its own certificate: omit either --domain or TLS_CERT_FILE',
      ],
      [
        { publicUrl: 'http://relay.example.com' },
        'with --domain, --public-url must be https://relay.example.com, with a port if it is not 443',
      ],
      [
        { publicUrl: 'https://other.example' },
        'with --domain, --public-url must be https://relay.example.com, with a port if it is not 443',
      ],
      [
        { publicUrl: 'https://relay.example.com/llm' },
        'with --domain, --public-url must be https://relay.example.com, with a port if it is not 443',
      ],
      [{ acmeDirectory: 'http://ca.example/dir' }, '--acme-directory must be an https URL'],
      [{ acmeEmail: 'me' }, '--acme-email must be an e-mail address'],
    ])('refuses %j with it', (flags, message) => {
      expect(messageOf({ domain: 'relay.example.com', ...flags })).toBe(message)
    })
  })

  it('needs a key with a certificate', () => {
    expect(messageOf({ tlsCertFile: 'a.pem' })).toBe('TLS_CERT_FILE and TLS_KEY_FILE must be set together')
  })
})

it('describes every setting in one line, with a valid default', () => {
  for (const { flag, variables, fallback, description } of relaySettings()) {
    // One line of several words.
    expect(`${flag}: ${description}`).toMatch(/: .{6,}$/)
    if (fallback !== undefined)
      for (const name of variables) parseRelayConfig({}, { OIDC_AUDIENCE: 'a', [name]: fallback })
  }
})

describe('a secret', () => {
  const secretFile = (text: string): string => {
    const dir = mkdtempSync(join(tmpdir(), 'ctl-secret-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    writeFileSync(join(dir, 'secret'), text)
    return join(dir, 'secret')
  }
  const TOKEN = 'a-token-of-the-operator'

  it('may be in a file that a flag, a variable or the settings file names', () => {
    const path = secretFile(`${TOKEN}\n`)
    const settings = { path: 'relay.json', values: { OPERATOR_TOKEN_FILE: path } }
    expect(parseRelayConfig({ operatorTokenFile: path }, {}).operatorToken).toBe(TOKEN)
    expect(parseRelayConfig({}, { OPERATOR_TOKEN_FILE: path }).operatorToken).toBe(TOKEN)
    expect(parseRelayConfig({}, {}, settings).operatorToken).toBe(TOKEN)
    expect(parseRelayConfig({}, { REDIS_URL_FILE: secretFile('redis://:pw@h:6379') }).redisUrl).toBe(
      'redis://:pw@h:6379',
    )
    expect(parseRelayConfig({}, { RELAY_KEY_FILE: secretFile('{"kty":"OKP"}\n') }).relayKey).toBe(
      '{"kty":"OKP"}',
    )
  })

  it('is refused if given twice, or if the file contains none', () => {
    const path = secretFile(TOKEN)
    expect(messageOf({}, { OPERATOR_TOKEN: TOKEN, OPERATOR_TOKEN_FILE: path })).toBe(
      'OPERATOR_TOKEN and OPERATOR_TOKEN_FILE: use one of the two',
    )
    expect(messageOf({}, { OPERATOR_TOKEN_FILE: '/nowhere' })).toBe(
      'OPERATOR_TOKEN_FILE: /nowhere cannot be read',
    )
    expect(messageOf({ operatorTokenFile: secretFile(' \n') })).toMatch(
      /^--operator-token-file: .* is empty$/,
    )
    expect(messageOf({}, { OPERATOR_TOKEN_FILE: secretFile('x'.repeat(70_000)) })).toContain('too large')
    expect(messageOf({}, { OPERATOR_TOKEN_FILE: '/dev/zero' })).toContain('too large')
    expect(messageOf({}, { OPERATOR_TOKEN_FILE: secretFile('short') })).toMatch(
      /^OPERATOR_TOKEN_FILE must be/,
    )
  })

  it('has a flag and variables for its file, unlike other settings', () => {
    const files = relaySettings().filter(({ flag }) => /-(?:token|key|url)-file$/.test(flag))
    expect(files.map(({ flag }) => flag)).toEqual([
      '--tls-key-file',
      '--redis-url-file',
      '--relay-key-file',
      '--operator-token-file',
    ])
    expect(parseRelayConfig({}, { PUBLIC_URL_FILE: '/nowhere' }).publicUrl).toBeUndefined()
  })
})
