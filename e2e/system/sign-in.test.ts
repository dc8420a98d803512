import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, vi } from 'vitest'
import type { DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { signInWithBrowser } from '../../src/bridge/sign-in/browser-sign-in.ts'
import { signInWithDeviceCode } from '../../src/bridge/sign-in/device-sign-in.ts'
import { lookAtRelay, type RelayOffer } from '../../src/bridge/sign-in/relay-offer.ts'
import { signOut } from '../../src/bridge/sign-in/sign-out.ts'
import { TokenKeeper, type SignedIn } from '../../src/bridge/sign-in/token-keeper.ts'
import { silentLogger } from '../../src/shared/logger.ts'
import { FakeClock } from '../../src/tunnel/fake-clock.test-support.ts'
import { systemClock as clock } from '../../src/tunnel/system-clock.ts'
import { OidcBrowser, signInAs } from '../support/oidc-browser.ts'
import { closedAfter } from '../support/fixtures.ts'
import { oidcFlags, withProvider } from '../support/oidc-fixtures.ts'
import { AUDIENCE, CLIENT_ID, type LocalProvider } from '../support/oidc-provider-here.ts'
import { startTestRelay } from '../support/stack.ts'

const never = new AbortController().signal

const it = withProvider
  .extend('offer', ({ relay }) => lookAtRelay(new URL(`${relay.url}/`), clock))
  /** Signs in; what the browser does is up to the test. */
  .extend(
    'signIn',
    ({ offer }) =>
      async (
        visit: (url: string) => Promise<string>,
        changes: { signal?: AbortSignal; offer?: RelayOffer } = {},
      ) => {
        let page = Promise.resolve('')
        const openBrowser = (url: string): void => void (page = visit(url))
        const identity = await signInWithBrowser({
          offer,
          audience: AUDIENCE,
          deviceName: '<Desk>',
          openBrowser,
          signal: never,
          clock,
          ...changes,
        })
        return { identity, page: await page }
      },
  )

/** The same with a token keeper, its clock, and what it saved and reported. */
const keeping = it
  .extend('fake', () => {
    const fake = new FakeClock()
    fake.jump(Date.now() - fake.now())
    return fake
  })
  .extend('saved', () => [] as DeviceIdentity[])
  .extend('told', () => [] as string[])
  .extend(
    'keep',
    ({ fake, saved, told }) =>
      (identity: SignedIn): TokenKeeper =>
        new TokenKeeper({
          identity,
          clock: fake,
          random: () => 0.5,
          logger: silentLogger,
          save: async (renewed) => void saved.push(renewed),
          onRenewed: (token) => {
            // A token that is used before it is stored is lost in a crash.
            expect(saved.at(-1)?.credential).toBe(token)
            told.push('renewed')
          },
          onEnded: (cause) => void told.push(cause),
        }),
  )

describe('signing in with a browser', () => {
  it('assigns this device to the user, and confirms it', async ({ provider, relay, signIn }) => {
    const { identity, page } = await signIn((url) => new OidcBrowser('alice').visit(url))
    expect(identity).toMatchObject({
      relayUrl: `${relay.url}/`,
      ownerId: expect.stringMatching(/^oidc-/),
      oidc: {
        issuer: provider.issuer,
        clientId: CLIENT_ID,
        audience: AUDIENCE,
        refreshToken: expect.any(String),
      },
    })
    expect(identity.oidc?.expiresAt).toBeGreaterThan(Date.now() + 3_500_000)
    expect(page).toContain('You are signed in')
    expect(page).toContain('&#60;Desk&#62; is now connected to your account')
  })

  it('uses PKCE, state and nonce, requests the relay’s audience, and redirects to this machine only', async ({
    signIn,
  }) => {
    let seen = new URL('http://x')
    await signIn((url) => {
      seen = new URL(url)
      return new OidcBrowser('alice').visit(url)
    })
    expect(Object.fromEntries(seen.searchParams)).toMatchObject({
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      resource: AUDIENCE,
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    })
  })

  it('opens no browser for an audience that the user has not confirmed by name', async ({ offer }) => {
    const openBrowser = vi.fn<(url: string) => Promise<void>>()
    for (const audience of [undefined, 'https://other.example.com'])
      await expect(
        signInWithBrowser({ offer, audience, deviceName: 'Desk', openBrowser, signal: never, clock }),
      ).rejects.toMatchObject({ code: 'AUDIENCE_UNCONFIRMED', message: expect.stringContaining(AUDIENCE) })
    expect(openBrowser).not.toHaveBeenCalled()
  })

  it('that was declined is reported, here and in the browser', async ({ signIn }) => {
    let page = Promise.resolve('')
    const refused = signIn((url) => (page = new OidcBrowser('alice').abort(url)))
    await expect(refused).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
      message: 'The sign-in was declined.',
    })
    expect(await page).toContain('Sign-in failed')
  })

  it('ignores a forged redirect', async ({ signIn }) => {
    const { identity } = await signIn(async (url) => {
      const callback = new URL(url).searchParams.get('redirect_uri')
      const stray = await fetch(`${callback}?code=stolen&state=guessed`)
      expect([stray.status, await stray.text()]).toEqual([404, expect.stringContaining('No sign-in')])
      expect((await fetch(`${callback}?error=access_denied`)).status).toBe(404)
      return new OidcBrowser('alice').visit(url)
    })
    expect(identity.ownerId).toMatch(/^oidc-/)
  })

  it('that the relay does not accept is reported, here and in the browser', async ({
    provider,
    relay,
    signIn,
  }) => {
    const { port } = relay
    await relay.close()
    await closedAfter(startTestRelay({ ...oidcFlags(provider.issuer), oidcAudiences: 'other', port }))
    let page = Promise.resolve('')
    const refused = signIn((url) => (page = new OidcBrowser('alice').visit(url)))
    await expect(refused).rejects.toMatchObject({ code: 'SIGN_IN_FAILED', message: /not accept/ })
    expect(await page).toContain('Sign-in failed')
  })

  it('can be cancelled, and leaves no port open', async ({ signIn }) => {
    const cancel = new AbortController()
    let redirectUri = ''
    const cancelled = signIn(
      async (url) => {
        redirectUri = new URL(url).searchParams.get('redirect_uri') ?? ''
        cancel.abort()
        return ''
      },
      { signal: cancel.signal },
    )
    await expect(cancelled).rejects.toMatchObject({ code: 'SIGN_IN_FAILED', message: /cancelled/ })
    await expect(fetch(redirectUri)).rejects.toThrow()
  })

  it('times out after five minutes', async ({ offer }) => {
    const fake = new FakeClock()
    const openBrowser = (): void => fake.advance(5 * 60_000)
    const late = signInWithBrowser({
      offer,
      audience: AUDIENCE,
      deviceName: 'x',
      openBrowser,
      signal: never,
      clock: fake,
    })
    await expect(late).rejects.toMatchObject({ code: 'SIGN_IN_FAILED', message: /given up/ })
  })

  it('reports an unreachable or invalid provider', async ({ provider, relay, signIn, offer }) => {
    await provider.close()
    await expect(signIn(async () => '')).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' })
    const signInAt = (oidc: RelayOffer['oidc']) => signIn(async () => '', { offer: { ...offer, oidc } })
    await expect(signInAt({ ...offer.oidc!, issuer: relay.url })).rejects.toMatchObject({
      code: 'ISSUER_UNREACHABLE',
    })
    await expect(signInAt({ ...offer.oidc!, issuer: 'http://id.example' })).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
      message: /https/,
    })
    await expect(signInAt(null)).rejects.toMatchObject({ code: 'SIGN_IN_FAILED', message: /pair/ })
  })

  it('opens http and https pages only, whatever authorization endpoint the provider has', async ({
    signIn,
    offer,
  }) => {
    const server = createHttpServer((_, response) => {
      const endpoints = { authorization_endpoint: 'file:///etc/passwd', token_endpoint: `${issuer}/token` }
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ issuer, ...endpoints }))
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const foreign = { ...offer, oidc: { ...offer.oidc!, issuer } }
    const opened: string[] = []
    const visit = async (url: string) => String(opened.push(url))
    await expect(signIn(visit, { offer: foreign })).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' })
    expect(opened).toEqual([])
    server.close()
  })
})

describe('signing in with a device code', () => {
  it('polls for the user’s sign-in, and slows down on request', async ({ provider, relay, offer }) => {
    const fake = new FakeClock()
    provider.tokenAnswers.push(
      { status: 400, error: 'authorization_pending' },
      { status: 400, error: 'slow_down' },
    )
    const polls = (): number => provider.seen.filter((line) => line.includes('/token')).length
    let visited = Promise.resolve('')
    const done = signInWithDeviceCode({
      offer,
      audience: AUDIENCE,
      signal: never,
      clock: fake,
      onPrompt: ({ verificationUri, verificationUriComplete, userCode }) => {
        expect(verificationUri).toBe(`${provider.issuer}/device`)
        expect(verificationUriComplete).toContain(userCode)
        visited = new OidcBrowser('alice').visit(verificationUriComplete ?? '')
      },
    })
    const step = async (ms: number): Promise<void> => {
      await expect.poll(() => fake.pendingTimers).toBe(2)
      fake.advance(ms)
    }
    await step(1_000)
    await expect.poll(polls).toBe(1)
    await step(1_000)
    await expect.poll(polls).toBe(2)
    await visited
    await step(5_999)
    expect(polls()).toBe(2)
    await step(1)
    expect(await done).toMatchObject({
      ownerId: (await signInAs(relay, 'alice')).ownerId,
      relayUrl: `${relay.url}/`,
    })
  })

  it('ends when the user declines, and when the code expires', async ({ provider, offer }) => {
    const outcomes = [
      ['access_denied', /declined/],
      ['expired_token', /expired_token/],
    ] as const
    for (const [error, message] of outcomes) {
      const fake = new FakeClock()
      provider.tokenAnswers.push({ status: 400, error })
      const refused = signInWithDeviceCode({
        offer,
        audience: AUDIENCE,
        signal: never,
        clock: fake,
        onPrompt: () => {},
      })
      refused.catch(() => {})
      await expect.poll(() => fake.pendingTimers).toBe(2)
      fake.advance(1_000)
      await expect(refused).rejects.toMatchObject({ code: 'SIGN_IN_FAILED', message })
    }
  })
})

describe('staying signed in', () => {
  const it = keeping
  const refreshes = (provider: LocalProvider): number =>
    provider.seen.filter((line) => line.includes('refresh_token')).length

  it('renews automatically at about 80 % of a token’s lifetime, with the latest refresh token', async ({
    provider,
    relay,
    fake,
    saved,
    told,
    keep,
  }) => {
    const identity = await signInAs(relay, 'alice')
    const keeper = keep(identity)
    keeper.start()
    fake.advance(0.79 * 3_600_000)
    expect(refreshes(provider)).toBe(0)
    fake.advance(0.02 * 3_600_000)
    await expect.poll(() => told).toEqual(['renewed'])
    expect(saved[0]?.oidc?.refreshToken).not.toBe(identity.oidc.refreshToken)
    await expect.poll(() => fake.pendingTimers).toBe(1)
    fake.advance(0.81 * 3_600_000)
    await expect.poll(() => told).toEqual(['renewed', 'renewed'])
    keeper.stop()
    expect(fake.pendingTimers).toBe(0)
  })

  it('renews once for all callers, even after a night’s sleep', async ({ provider, relay, fake, keep }) => {
    const identity = await signInAs(relay, 'alice')
    const keeper = keep(identity)
    expect(await keeper.token()).toBe(identity.credential)
    fake.jump(9 * 3_600_000)
    const tokens = await Promise.all([keeper.token(), keeper.token(), keeper.token()])
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).not.toBe(identity.credential)
    expect(refreshes(provider)).toBe(1)
  })

  it('uses the old token until it expires while the provider is down, and retries', async ({
    provider,
    relay,
    fake,
    told,
    keep,
  }) => {
    const identity = await signInAs(relay, 'alice')
    const keeper = keep(identity)
    provider.tokenAnswers.push({ status: 503, error: 'temporarily_unavailable' })
    fake.jump(0.9 * 3_600_000)
    expect(await keeper.token()).toBe(identity.credential)
    await provider.close()
    expect(await keeper.token()).toBe(identity.credential)
    keeper.start()
    fake.jump(0.2 * 3_600_000)
    await expect(keeper.token()).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' })
    expect(told).toEqual([])
    keeper.stop()
  })

  it('reports a captive portal in the provider’s place as unreachable', async ({
    provider,
    relay,
    fake,
    keep,
  }) => {
    const identity = await signInAs(relay, 'alice')
    await provider.close()
    const portal = createServer((socket) =>
      socket.resume().end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<h1>Hello'),
    )
    await new Promise<void>((resolve) => portal.listen(provider.port, '127.0.0.1', resolve))
    const keeper = keep(identity)
    fake.jump(2 * 3_600_000)
    await expect(keeper.token()).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' })
    await new Promise((resolve) => portal.close(resolve))
  })

  it('ends when the provider refuses, and then dialling fails too', async ({
    relay,
    fake,
    saved,
    told,
    keep,
  }) => {
    const identity = await signInAs(relay, 'alice')
    await signOut(identity, clock)
    const keeper = keep(identity)
    keeper.start()
    fake.advance(0.9 * 3_600_000)
    await expect.poll(() => told).toEqual(['SIGN_IN_EXPIRED'])
    await expect(keeper.token()).rejects.toMatchObject({ code: 'SIGN_IN_EXPIRED' })
    expect(saved).toEqual([])
  })

  it('fetches another token if the relay reports this one as expired, whatever the clock', async ({
    relay,
    keep,
  }) => {
    const identity = await signInAs(relay, 'alice')
    const keeper = keep(identity)
    keeper.expire()
    expect(await keeper.token()).not.toBe(identity.credential)
  })

  it('without a refresh token lasts as long as the access token', async ({ relay, fake, keep }) => {
    const { oidc, ...identity } = await signInAs(relay, 'alice')
    const keeper = keep({ ...identity, oidc: { ...oidc, refreshToken: null } })
    fake.jump(0.99 * 3_600_000)
    expect(await keeper.token()).toBe(identity.credential)
    fake.jump(0.02 * 3_600_000)
    await expect(keeper.token()).rejects.toMatchObject({ code: 'SIGN_IN_EXPIRED' })
  })
})

describe('signing out', () => {
  it('revokes at the provider', async ({ provider, relay }) => {
    await signOut(await signInAs(relay, 'alice'), clock)
    expect(provider.seen).toContain('POST /token/revocation')
  })

  it('does not wait for a provider that does not answer', async ({ provider, relay }) => {
    const identity = await signInAs(relay, 'alice')
    await provider.close()
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(provider.port, '127.0.0.1', resolve))
    const fake = new FakeClock()
    silent.on('connection', (socket) => {
      socket.on('error', () => {})
      fake.advance(5_000)
      socket.destroy()
    })
    await expect(signOut(identity, fake)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' })
    await new Promise((resolve) => silent.close(resolve))
  })

  it('has nothing to do for a device that paired', async ({ provider, relay }) => {
    const { oidc: _oidc, ...paired } = await signInAs(relay, 'alice')
    await signOut(paired, clock)
    expect(provider.seen).not.toContain('POST /token/revocation')
  })
})
