import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'
import { errors, Provider } from 'oidc-provider'
import { freePort } from './free-port.ts'

// The provider warns about development pages and an in-memory store, which are intended here.
for (const method of ['info', 'warn'] as const) {
  const say = console[method]
  console[method] = (...words: unknown[]) => {
    if (!String(words[0]).includes('oidc-provider')) say(...words)
  }
}

/** A signing key of a provider, with its public half in front. */
export interface ProviderKey {
  readonly jwk: JWK
  readonly privateKey: CryptoKey
}

export interface ProviderOptions {
  /** That of a provider that was closed, to bring it back. */
  readonly port?: number
  readonly keys?: readonly ProviderKey[]
  readonly accessTokenS?: number
}

export const AUDIENCE = 'https://relay.test'
export const CLIENT_ID = 'desktop'
const SCOPE = 'chat'

export async function createProviderKey(kid: string): Promise<ProviderKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' } }
}

/**
 * A real OpenID Connect provider in this process, with its own pages for login and consent. The entered name
 * becomes the subject.
 */
export class LocalProvider {
  readonly issuer: string
  readonly port: number
  readonly keys: readonly ProviderKey[]
  /** Requests that came in, as `POST /token refresh_token`. */
  readonly seen: string[] = []
  /** Overrides the provider's response to the next token requests. */
  readonly tokenAnswers: { status: number; error: string }[] = []
  /** Subjects whose tokens are refused. */
  readonly banned = new Set<string>()
  readonly #server: Server

  private constructor(server: Server, port: number, keys: readonly ProviderKey[], accessTokenS: number) {
    this.#server = server
    this.port = port
    this.keys = keys
    this.issuer = `http://127.0.0.1:${port}`
    const provider = this.#createProvider(accessTokenS)
    const handle = provider.callback()
    server.on('request', (request, response) => void handle(request, response))
  }

  static async start(options: ProviderOptions = {}): Promise<LocalProvider> {
    const { port = await freePort(), keys = [await createProviderKey('first')] } = options
    const { accessTokenS = 3600 } = options
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return new LocalProvider(server, port, keys, accessTokenS)
  }

  /** A token signed by this provider, with the test's changes. */
  token(claims: JWTPayload = {}, header: object = {}, key = this.keys[0]!): Promise<string> {
    const nowS = Math.floor(Date.now() / 1000)
    const good = { iss: this.issuer, aud: AUDIENCE, sub: 'alice', iat: nowS, exp: nowS + 3600 }
    return new SignJWT({ ...good, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid ?? '', ...header })
      .sign(key.privateKey)
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  #createProvider(accessTokenS: number): Provider {
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          grant_types: [
            'authorization_code',
            'refresh_token',
            'urn:ietf:params:oauth:grant-type:device_code',
          ],
          response_types: ['code'],
          redirect_uris: ['http://127.0.0.1/callback'],
        },
      ],
      jwks: { keys: this.keys.map(({ jwk }) => jwk) },
      scopes: ['openid', 'offline_access', SCOPE],
      findAccount: (_context, sub) =>
        this.banned.has(sub) ? undefined : { accountId: sub, claims: () => ({ sub }) },
      // Public clients get a fresh refresh token each time, and an old one that comes back ends all of them.
      rotateRefreshToken: true,
      features: {
        devInteractions: { enabled: true },
        deviceFlow: { enabled: true },
        revocation: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_context, resource) => {
            if (resource !== AUDIENCE) throw new errors.InvalidTarget()
            return { scope: SCOPE, audience: AUDIENCE, accessTokenFormat: 'jwt' }
          },
        },
      },
      ttl: { AccessToken: accessTokenS, RefreshToken: 3600, Grant: 3600, Session: 3600, Interaction: 600 },
      cookies: { keys: ['test'] },
    })
    provider.use(async (context, next) => {
      const injected = context.path === '/token' ? this.tokenAnswers.shift() : undefined
      if (injected !== undefined) {
        this.seen.push(`POST /token ${injected.error}`)
        context.status = injected.status
        context.body = { error: injected.error }
        return
      }
      await next()
      const grant = context.path === '/token' ? ` ${String(context.oidc?.params?.['grant_type'])}` : ''
      this.seen.push(`${context.method} ${context.path}${grant}`)
      // RFC 8628 lets the provider set the polling interval; this one would use five seconds.
      if (context.path === '/device/auth' && context.status === 200)
        Object.assign(context.body as object, { interval: 1 })
    })
    return provider
  }
}
