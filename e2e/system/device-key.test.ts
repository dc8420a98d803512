import { describe, expect } from 'vitest'
import type { OwnerId } from '../../src/shared/brands.ts'
import { askRelayAs } from '../../src/bridge/dial/relay-request.ts'
import { createDeviceKey, credentialFields } from '../../src/bridge/secrets/device-key.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { FRAME } from '../../src/tunnel/frame.ts'
import { fresh } from '../support/fixtures.ts'
import { HostileDevice } from '../support/hostile-device.ts'
import { Desk, pair } from '../support/stack.ts'

const OLGA = 'olga' as OwnerId

const PROOF_INVALID = 4404

const it = fresh
  .extend('challenge', ({ relay }) => async (): Promise<string> => {
    const response = await fetch(`${relay.url}/.well-known/cloudtolocalllm`)
    return ((await response.json()) as { challenge: string }).challenge
  })
  /** The answer to a request under the credential of a device that has paired. */
  .extend('ask', ({ relay }) => async (fields: Record<string, string>, path = '/api/tunnel/status') => {
    const response = await fetch(relay.url + path, { headers: fields })
    return { status: response.status, text: await response.text() }
  })

describe('a copied device credential', () => {
  it('opens no tunnel without the key, and does not affect the real one', async ({ desk, relay }) => {
    const { identity } = desk
    const [tunnel] = relay.tunnels.all
    const copy = await HostileDevice.connect(relay, { identity })
    copy.send(copy.hello({ proof: undefined }))
    expect(await copy.closed).toMatchObject({ code: PROOF_INVALID })
    const guess = await HostileDevice.connect(relay, {
      identity: { ...identity, key: createDeviceKey() },
    })
    guess.send(guess.hello())
    expect(await guess.closed).toMatchObject({ code: PROOF_INVALID })
    expect(relay.tunnels.all).toEqual([tunnel])
    expect(tunnel?.isAttached).toBe(true)
  })

  it('opens no tunnel with the handshake of another connection', async ({ relay }) => {
    const identity = await pair(relay, 'owner')
    const first = await HostileDevice.connect(relay, { identity })
    const hello = first.hello()
    first.send(hello)
    await first.frame(FRAME.WELCOME)
    const second = await HostileDevice.connect(relay, { identity })
    second.send(hello)
    expect(await second.closed).toMatchObject({ code: PROOF_INVALID })
    first.destroy()
  })

  it('cannot use the HTTP API, not even with a proof of another request', async ({
    desk,
    ask,
    challenge,
  }) => {
    const { identity } = desk
    const alone = await ask({ authorization: `Bearer ${identity.credential}` })
    expect(alone).toMatchObject({ status: 401, text: expect.stringContaining('did not prove') })
    const fresh = await challenge()
    const path = '/api/tunnel/status'
    expect(await ask(credentialFields(identity, 'GET', path, fresh), `${path}?x=1`)).toMatchObject({
      status: 200,
    })
    for (const fields of [
      credentialFields(identity, 'DELETE', path, fresh),
      credentialFields(identity, 'GET', '/api/tags', fresh),
      credentialFields(identity, 'GET', path, 'x'.repeat(43)),
      credentialFields({ ...identity, key: createDeviceKey() }, 'GET', path, fresh),
    ])
      expect(await ask(fields, path)).toMatchObject({ status: 401 })
  })
})

describe('a device with a key', () => {
  it('uses the HTTP API with a proof, which does not reach the model server', async ({
    desk,
    relay,
    challenge,
    ask,
    upstream,
  }) => {
    const { identity } = desk
    const device = { ...identity, relayUrl: `${relay.url}/` }
    expect(await askRelayAs(device, 'api/tunnel/status', systemClock)).toMatchObject({ status: 200 })
    const fields = credentialFields(identity, 'GET', '/api/tags', await challenge())
    expect(await ask(fields, '/api/tags')).toMatchObject({ status: 200 })
    const names = upstream.seen.flatMap(({ rawHeaders }) => rawHeaders).map((name) => name.toLowerCase())
    expect(names).not.toContain('x-ctl-proof')
  })

  it('gets one when its bridge is newer than its pairing, and has to prove it from then on', async ({
    relay,
    upstream,
  }) => {
    const response = await fetch(`${relay.url}/api/pair`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: relay.mintPairingCode('olga') }),
    })
    const paired = (await response.json()) as {
      credential: string
      deviceId: string
      ownerId: OwnerId
      address: string
    }
    const identity = { ...paired, relayUrl: `${relay.url}/` }
    const desk = await Desk.start(relay, upstream.origin, { identity })
    const [tunnel] = relay.tunnels.tunnelsOf(OLGA)
    expect(tunnel?.provenKey).toMatch(/^[\w-]{43}$/)
    const copy = await HostileDevice.connect(relay, { identity })
    copy.send(copy.hello())
    expect(await copy.closed).toMatchObject({ code: PROOF_INVALID })
    await desk.close()
  })
})
