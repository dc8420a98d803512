import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { signOut } from '../../src/bridge/sign-in/sign-out.ts'
import type { RelayFlags } from '../../src/relay/config.ts'
import type { Relay } from '../../src/relay/relay.ts'
import type { Clock } from '../../src/shared/clock.ts'
import { encodeFrame, FRAME } from '../../src/tunnel/frame.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { closedAfter } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { HostileDevice } from '../support/hostile-device.ts'
import { signInAs } from '../support/oidc-browser.ts'
import { AUDIENCE, CLIENT_ID, createProviderKey, LocalProvider } from '../support/oidc-provider-here.ts'
import { Desk, startTestRelay } from '../support/stack.ts'
import { SteppedClock } from '../support/stepped-clock.ts'

let provider: LocalProvider
const startProvider = async (...args: Parameters<typeof LocalProvider.start>) =>
  void (provider = await closedAfter(LocalProvider.start(...args)))

async function startRelayFor(clock: Clock = systemClock, flags: RelayFlags = {}): Promise<Relay> {
  const oidc = { oidcIssuers: provider.issuer, oidcAudiences: AUDIENCE, oidcClientId: CLIENT_ID }
  return closedAfter(startTestRelay({ ...oidc, ...flags }, { clock }))
}

async function startDesk(relay: Relay, identity: DeviceIdentity): Promise<Desk> {
  const upstream = await closedAfter(FakeUpstream.start())
  return closedAfter(Desk.start(relay, upstream.origin, { identity }))
}

const refreshes = (): number => provider.seen.filter((line) => line.includes('refresh_token')).length

describe('the tunnel of a signed-in user', () => {
  it('serves their keys and their token, and is renewed during a running stream', async () => {
    await startProvider({ accessTokenS: 3 })
    const relay = await startRelayFor()
    const desk = await startDesk(relay, await signInAs(relay, 'alice'))
    const [tunnel] = relay.tunnels.tunnelsOf(desk.ownerId)
    const firstEnd = tunnel?.credential.expiresAt ?? 0
    const response = await fetch(`${desk.keyUrl}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fake', prompt: 'x', options: { tokens: 50, intervalMs: 100 } }),
    })
    const records = (await response.text()).trim().split('\n')
    expect(records).toHaveLength(51)
    expect(JSON.parse(records.at(-1) ?? '')).toMatchObject({ done: true })
    expect(refreshes()).toBeGreaterThan(0)
    expect(relay.tunnels.tunnelsOf(desk.ownerId)).toEqual([tunnel])
    expect(tunnel?.credential.expiresAt).toBeGreaterThan(firstEnd)
    const token = await provider.token({ sub: 'alice' })
    const tags = await fetch(`${relay.url}/api/tunnel/alice/api/tags`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(tags.status).toBe(200)
  })

  it('is visible to no other user, nor to a paired owner', async () => {
    await startProvider()
    const relay = await startRelayFor()
    const desk = await startDesk(relay, await signInAs(relay, 'alice'))
    const ask = (token: string, path: string) =>
      fetch(relay.url + path, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status)
    const bob = await provider.token({ sub: 'bob' })
    expect(await ask(bob, '/api/tags')).toBe(503)
    expect(await ask(bob, `/api/tunnel/${desk.ownerId}/api/tags`)).toBe(403)
    expect(await ask(bob, `/api/tunnel/health/${desk.ownerId}`)).toBe(403)
    expect(await ask(desk.token, `/api/tunnel/health/${desk.ownerId}`)).toBe(200)
  })

  it('connects with a new token if the relay reports the old one as expired', async () => {
    await startProvider()
    const relay = await startRelayFor()
    const identity = await signInAs(relay, 'alice')
    const nowS = Math.floor(Date.now() / 1000)
    const credential = await provider.token({ exp: nowS - 120 })
    const desk = await startDesk(relay, { ...identity, credential })
    expect(desk.bridge.snapshot.tunnel.kind).toBe('online')
    expect(refreshes()).toBe(1)
  })

  it('ends with the reason when the provider refuses to renew', async () => {
    await startProvider({ accessTokenS: 3 })
    const relay = await startRelayFor()
    const identity = await signInAs(relay, 'alice')
    const desk = await startDesk(relay, identity)
    await signOut(identity, systemClock)
    const { tunnel } = await desk.until((snapshot) => snapshot.tunnel.kind === 'blocked')
    expect(tunnel).toMatchObject({ cause: 'SIGN_IN_EXPIRED' })
  })
})

describe('tokens on a tunnel', () => {
  let clock: SteppedClock
  let relay: Relay
  let device: HostileDevice
  beforeEach(async () => {
    await startProvider()
    clock = new SteppedClock()
    clock.jump(Date.now() - clock.now())
    relay = await startRelayFor(clock, { pingIntervalMs: 3_600_000 })
    device = await HostileDevice.online(relay, { identity: await signInAs(relay, 'alice') })
    onTestFinished(() => device.destroy())
  })
  const auth = (token: string): void => device.send(encodeFrame(FRAME.AUTH, 0, Buffer.from(token)))
  const end = (): number => relay.tunnels.all[0]?.credential.expiresAt ?? 0

  it('close it with 4403 a minute after they expire', async () => {
    clock.jump(3_600_000)
    clock.advance(60_000)
    clock.advance(60_000)
    expect(await device.closed).toMatchObject({ code: 4403 })
    expect(relay.tunnels.all).toEqual([])
  })

  it('keep it open when renewed by the same user', async () => {
    const exp = Math.floor(Date.now() / 1000) + 7_200
    auth(await provider.token({ exp }))
    await expect.poll(end).toBe(exp * 1000)
    clock.jump(3_600_000)
    clock.advance(180_000)
    expect(relay.tunnels.all).toHaveLength(1)
  })

  it.each<[string, () => Promise<string>, number]>([
    ['another user’s', () => provider.token({ sub: 'bob' }), 4401],
    ['one for another audience', () => provider.token({ aud: 'x' }), 4401],
    ['an expired one', () => provider.token({ exp: Math.floor(Date.now() / 1000) - 120 }), 4403],
    ['nonsense', async () => 'nonsense', 4401],
  ])('close it for %s', async (_what, token, code) => {
    auth(await token())
    expect(await device.closed).toMatchObject({ code })
  })

  it('are verified again later if the provider’s new key cannot be fetched', async () => {
    const next = await createProviderKey('second')
    const exp = Math.floor(Date.now() / 1000) + 7_200
    const before = end()
    await provider.close()
    const timers = clock.pendingTimers
    auth(await provider.token({ exp }, { kid: 'second' }, next))
    await expect.poll(() => clock.pendingTimers).toBeGreaterThan(timers)
    expect(end()).toBe(before)
    await startProvider({ port: provider.port, keys: [next] })
    await expect
      .poll(
        () => {
          clock.advance(10_000)
          return end()
        },
        { interval: 200 },
      )
      .toBe(exp * 1000)
  })

  it('cannot have an invalid device id', async () => {
    const odd = await HostileDevice.connect(relay, { identity: device.identity })
    odd.send(odd.hello({ deviceId: '../x' }))
    expect(await odd.closed).toMatchObject({ code: 4400 })
  })
})
