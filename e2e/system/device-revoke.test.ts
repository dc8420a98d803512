import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { askRelayAs } from '../../src/bridge/dial/relay-request.ts'
import type { DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { createSigningKey, type SigningKey } from '../../src/relay/auth/signing-key.ts'
import type { Relay } from '../../src/relay/relay.ts'
import { FRAME } from '../../src/tunnel/frame.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { closedAfter } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { HostileDevice } from '../support/hostile-device.ts'
import { RelayGroup } from '../support/relay-group.ts'
import { Desk, pair, startTestRelay } from '../support/stack.ts'

const DEVICE_REVOKED = 4431
const OPERATOR = { authorization: 'Bearer operator-secret-token' }

interface Listed {
  readonly userId: string
  readonly deviceId: string
  readonly deviceName: string
  readonly connected: boolean
  readonly revoked: boolean
}

let upstream: FakeUpstream
let dataDir: string
let signingKey: SigningKey
let relay: Relay
beforeEach(async () => {
  upstream = await closedAfter(FakeUpstream.start())
  dataDir = await mkdtemp(join(tmpdir(), 'ctl-revoke-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  signingKey = await createSigningKey()
  relay = await startRelay()
})

const startRelay = () =>
  closedAfter(startTestRelay({ dataDir, operatorToken: 'operator-secret-token' }, { signingKey }))
const startDesk = (deviceName: string, owner = 'owner') =>
  closedAfter(Desk.start(relay, upstream.origin, { owner, deviceName }))

const here = (identity: DeviceIdentity): DeviceIdentity => ({ ...identity, relayUrl: `${relay.url}/` })
const list = async (identity: DeviceIdentity): Promise<Listed[]> =>
  devicesIn((await askRelayAs(here(identity), 'api/tunnel/devices', systemClock)).body)
const devicesIn = (body: string): Listed[] => (JSON.parse(body) as { devices: Listed[] }).devices
const revoke = (identity: DeviceIdentity, deviceId: string) =>
  askRelayAs(here(identity), `api/tunnel/devices/${deviceId}`, systemClock, 'DELETE')

async function isRefused(identity: DeviceIdentity): Promise<void> {
  expect(await askRelayAs(here(identity), 'api/tunnel/status', systemClock)).toMatchObject({ status: 401 })
  await expect(HostileDevice.connect(relay, { identity })).rejects.toThrow('401')
}

describe('an owner', () => {
  it('revokes one device from another: the tunnel ends permanently, and the credential is refused', async () => {
    const [desktop, laptop] = [await startDesk('desktop'), await startDesk('laptop')]
    const { deviceId } = laptop.identity
    expect(await list(desktop.identity)).toMatchObject([
      { deviceName: 'desktop', connected: true, revoked: false },
      { deviceName: 'laptop', deviceId, connected: true, revoked: false },
    ])
    const answer = await revoke(desktop.identity, deviceId)
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      { deviceId, revoked: true, known: true, lasting: true },
    ])
    const { tunnel } = await laptop.until((snapshot) => snapshot.tunnel.kind === 'blocked')
    expect(tunnel).toMatchObject({ cause: 'DEVICE_REVOKED' })
    await isRefused(laptop.identity)
    expect(await list(desktop.identity)).toContainEqual(
      expect.objectContaining({ deviceId, connected: false, revoked: true }),
    )
    expect(desktop.bridge.snapshot.tunnel.kind).toBe('online')
  })

  it('ends a revoked device’s running requests', async () => {
    const [desktop, laptop] = [await startDesk('desktop'), await startDesk('laptop')]
    const response = await fetch(`${laptop.keyUrl}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fake', prompt: 'x', options: { tokens: 1000, intervalMs: 50 } }),
    })
    await revoke(desktop.identity, laptop.identity.deviceId)
    expect(await response.text().catch(() => 'broken')).not.toContain('"done":true')
  })

  it('cannot revoke another owner’s device, and an API key can neither list nor revoke devices', async () => {
    const [mine, theirs] = [await startDesk('mine', 'mallory'), await startDesk('theirs', 'bob')]
    const { deviceId } = theirs.identity
    expect(JSON.parse((await revoke(mine.identity, deviceId)).body)).toMatchObject({ known: false })
    expect(await list(theirs.identity)).toMatchObject([{ deviceId, connected: true, revoked: false }])
    expect((await list(mine.identity)).map(({ deviceName }) => deviceName)).toEqual(['mine'])
    for (const [path, method] of [
      ['', 'GET'],
      [`/${deviceId}`, 'DELETE'],
    ]) {
      const ask = (headers: Record<string, string>) =>
        fetch(`${relay.url}/api/tunnel/devices${path}`, { method: method ?? 'GET', headers })
      expect((await ask(theirs.authorization)).status).toBe(403)
      expect((await ask({})).status).toBe(401)
      expect((await ask({ authorization: 'Bearer guess' })).status).toBe(401)
    }
    expect((await revoke(mine.identity, 'x'.repeat(65))).status).toBe(400)
    expect(theirs.bridge.snapshot.tunnel.kind).toBe('online')
  })
})

describe('the operator', () => {
  it('lists every device and can revoke any, even one whose owner the relay does not know yet', async () => {
    const laptop = await startDesk('laptop', 'bob')
    const response = await fetch(`${relay.url}/api/tunnel/devices`, { headers: OPERATOR })
    const { deviceId } = laptop.identity
    expect(devicesIn(await response.text())).toMatchObject([{ userId: 'bob', deviceId, connected: true }])
    const url = `${relay.url}/api/tunnel/devices/${deviceId}`
    expect((await fetch(url, { method: 'DELETE', headers: OPERATOR })).status).toBe(200)
    await laptop.until((snapshot) => snapshot.tunnel.kind === 'blocked')
    const offline = await pair(relay, 'carol')
    const theirs = `${relay.url}/api/tunnel/devices/${offline.deviceId}`
    expect((await fetch(theirs, { method: 'DELETE', headers: OPERATOR })).status).toBe(404)
    expect((await fetch(`${theirs}?owner=carol`, { method: 'DELETE', headers: OPERATOR })).status).toBe(200)
    await isRefused(offline)
  })
})

describe('a revocation', () => {
  it('survives a relay restart', async () => {
    const [mine, lost] = [await pair(relay, 'owner'), await pair(relay, 'owner')]
    await revoke(mine, lost.deviceId)
    await relay.close()
    relay = await startRelay()
    await isRefused(lost)
    const device = await HostileDevice.connect(relay, { identity: mine })
    device.send(device.hello())
    await device.frame(FRAME.WELCOME)
    device.destroy()
  })

  it('applies at every relay that shares the Redis, ends a live tunnel immediately, and applies at relays added later', async () => {
    const group = await closedAfter(RelayGroup.start(2))
    const [first, second] = group.all
    const [lost, mine] = [await group.identity('owner', 'lost'), await group.identity('owner', 'mine')]
    const desk = await group.desk(upstream.origin, { at: first!, identity: lost })
    const at = (url: string, identity: DeviceIdentity) => ({ ...identity, relayUrl: `${url}/` })
    await expect
      .poll(async () => {
        const answer = await askRelayAs(at(second!.url, mine), 'api/tunnel/devices', systemClock)
        return devicesIn(answer.body).map(({ deviceId }) => deviceId)
      })
      .toEqual(['lost'])
    await askRelayAs(at(second!.url, mine), 'api/tunnel/devices/lost', systemClock, 'DELETE')
    const { tunnel } = await desk.until((snapshot) => snapshot.tunnel.kind === 'blocked')
    expect(tunnel).toMatchObject({ cause: 'DEVICE_REVOKED' })
    const third = await group.launch()
    for (const { url } of [first!, second!, third]) {
      const answer = await askRelayAs(at(url, lost), 'api/tunnel/status', systemClock)
      expect(answer.status).toBe(401)
    }
  })

  it('closes the tunnel with the close code DEVICE_REVOKED', async () => {
    const device = await HostileDevice.online(relay, { owner: 'owner' })
    const mine = await pair(relay, 'owner')
    await revoke(mine, device.identity.deviceId)
    expect(await device.closed).toMatchObject({ code: DEVICE_REVOKED })
    expect(relay.tunnels.all).toEqual([])
  })
})
