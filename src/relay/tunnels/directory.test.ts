import { generateKeyPairSync, sign } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { BodyMemory } from '../../shared/body-memory.ts'
import { AppError } from '../../shared/errors.ts'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { greet, type Hello, type Welcome } from '../../tunnel/handshake.ts'
import { DEFAULT_LIMITS } from '../../tunnel/limits.ts'
import { Link } from '../../tunnel/link.ts'
import { Session } from '../../tunnel/session.ts'
import { SimulatedWire } from '../../tunnel/simulated-carrier.test-support.ts'
import { RoutingIds } from '../auth/routing-id.ts'
import { TokenVerifier } from '../auth/token-verifier.ts'
import { Challenges } from '../auth/challenges.ts'
import { Credentials, type Credential } from '../auth/credential.ts'
import { thumbprintOf } from '../auth/device-proof.ts'
import { createSigningKey, type SigningKey } from '../auth/signing-key.ts'
import { TunnelDirectory } from './directory.ts'

const ALICE = 'alice' as OwnerId
const B = 'b' as OwnerId

/** The text to sign in the handshake of each connection. */
const STATEMENT = 'to be signed'
const DAY_MS = 24 * 60 * 60 * 1000

let key: SigningKey
let clock: FakeClock
let directory: TunnelDirectory
/** The latest wire of each device. */
const wires = new Map<string, SimulatedWire>()
beforeAll(async () => {
  key = await createSigningKey()
})
beforeEach(() => {
  clock = new FakeClock()
  const credentials = new Credentials(key, clock)
  const revocations = { isRevoked: () => false, digestOf: () => '' }
  directory = new TunnelDirectory({
    clock,
    limits: DEFAULT_LIMITS,
    logger: silentLogger,
    windowMemory: new BodyMemory({ maxOwnerBytes: 2 ** 20, maxTotalBytes: 2 ** 20 }),
    routingIds: new RoutingIds(key.routingSecret),
    credentials,
    tokenVerifier: new TokenVerifier(
      credentials,
      [],
      new Challenges(key.challengeSecret, clock),
      revocations,
    ),
    revocations,
    maxDevices: 3,
    maxTunnels: 4,
    publicUrl: () => 'http://relay',
    observer: { connected() {}, resumed() {}, replaced() {}, ended() {} },
  })
})

/** The relay's reaction to a HELLO: a welcome, or a close code. */
function say(
  hello: Partial<Hello>,
  deviceId = 'd1',
  ownerId: string = ALICE,
  credential: Partial<Credential> = {},
): Welcome | number | undefined {
  const wire = new SimulatedWire(clock)
  wires.set(deviceId, wire)
  let answer: Welcome | number | undefined
  const expiresAt = clock.now() + DAY_MS
  const bearer = {
    kind: 'device',
    ownerId: ownerId as OwnerId,
    deviceId,
    deviceName: 'desk',
    boundTo: undefined,
    expiresAt,
    renewAfter: expiresAt,
    ...credential,
  } as const
  directory.accept(wire.a, bearer, STATEMENT)
  greet(
    new Link(wire.b, DEFAULT_LIMITS),
    { protocols: [1], agent: '', deviceId, deviceName: 'desk', instance: 'one', attempt: 1, ...hello },
    clock,
    DEFAULT_LIMITS,
    (welcome) => (answer = welcome),
    (code) => (answer = code),
  )
  clock.settle()
  return answer
}

/** An online bridge. */
function connect(): Session {
  const wire = new SimulatedWire(clock)
  const handlers = { opened() {}, announced() {}, credential() {}, goaway() {} }
  const session = new Session({
    role: 'acceptor',
    clock,
    limits: DEFAULT_LIMITS,
    handlers: { ...handlers, detached() {}, lost() {}, idle() {}, measured() {} },
  })
  const expiresAt = clock.now() + DAY_MS
  const device = { ownerId: ALICE, deviceId: 'd1', deviceName: 'desk', boundTo: undefined }
  directory.accept(wire.a, { kind: 'device', ...device, expiresAt, renewAfter: expiresAt }, STATEMENT)
  const link = new Link(wire.b, DEFAULT_LIMITS)
  const hello = { protocols: [1], agent: '', deviceId: 'd1', deviceName: 'desk', instance: 'one', attempt: 1 }
  greet(
    link,
    hello,
    clock,
    DEFAULT_LIMITS,
    () => session.attach(link, 0),
    () => {},
  )
  clock.settle()
  return session
}

function deviceKey() {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = privateKey.export({ format: 'jwk' })
  return {
    thumbprint: thumbprintOf(x),
    sign: (statement: string) => ({
      key: x,
      signature: sign(null, Buffer.from(statement), privateKey).toString('base64url'),
    }),
  }
}

function resumeOf(answer: ReturnType<typeof say>): Pick<Hello, 'resume'> {
  if (typeof answer !== 'object') throw new Error('not welcomed')
  return { resume: { sessionId: answer.sessionId, ticket: answer.ticket, receivedBytes: 0 } }
}

describe('the tunnel directory', () => {
  it('lets a device resume, whatever happened to its previous carrier', () => {
    const first = say({})
    expect(say({ ...resumeOf(first), attempt: 2 })).toMatchObject({ resumed: true })
    expect(directory.all).toHaveLength(1)
  })

  it('ignores a delayed HELLO, with a ticket or without', () => {
    const first = say({ attempt: 5 })
    const [tunnel] = directory.all
    expect(say({ ...resumeOf(first), attempt: 4 })).toBe(4411)
    expect(say({ attempt: 5 })).toBe(4411)
    expect(directory.all).toEqual([tunnel])
    expect(tunnel?.isAttached).toBe(true)
  })

  it('is replaced immediately by a restarted device', () => {
    say({ attempt: 9 })
    const [ghost] = directory.all
    expect(say({ instance: 'two', attempt: 1 })).toMatchObject({ resumed: false })
    expect(directory.all).toHaveLength(1)
    expect(directory.all).not.toContain(ghost)
  })

  it('refuses only a device above the limit, permanently', () => {
    const others = ['d1', 'd2', 'd3']
    for (const deviceId of others) say({}, deviceId)
    expect(say({}, 'd4')).toBe(4430)
    expect(directory.tunnelsOf(ALICE).every(({ isAttached }) => isAttached)).toBe(true)
    expect(say({ attempt: 2 }, 'd2')).toMatchObject({ resumed: false })
    expect(say({}, 'd4', 'bob')).toMatchObject({ resumed: false })
  })

  it('refuses tunnels above the total limit, except returning ones', () => {
    for (const owner of ['a', 'b', 'c', 'd']) say({}, 'd1', owner)
    expect(say({}, 'd1', 'e')).toBe(4429)
    expect(say({ attempt: 2 }, 'd1', 'a')).toMatchObject({ resumed: false })
    expect(say({}, 'd1', 'e')).toBe(4429)
    directory.tunnelsOf(B)[0]?.destroy(new AppError('INTERNAL'))
    expect(say({}, 'd1', 'e')).toMatchObject({ resumed: false })
  })

  it('evicts an absent device for a present one, unless it has pending requests', () => {
    for (const deviceId of ['d1', 'd2', 'd3']) say({}, deviceId)
    const [busy, idle] = ['d1', 'd2'].map((id) =>
      directory.tunnelsOf(ALICE).find(({ credential }) => credential.deviceId === id),
    )
    busy?.open(new Uint8Array()).attach({ message() {}, data() {}, end() {}, reset() {}, drain() {} })
    wires.get('d1')?.cut()
    expect(say({}, 'd4')).toBe(4430)
    wires.get('d2')?.cut()
    expect(say({}, 'd4')).toMatchObject({ resumed: false })
    expect([busy?.isOver, idle?.isOver]).toEqual([false, true])
  })

  it('rate-limits announcements, processing the newest last, and ends a tunnel that floods', () => {
    const bridge = connect()
    const announce = (model: string) =>
      bridge.announce(JSON.stringify({ keyDigests: [], upstreamKind: 'ollama', models: [model] }))
    for (let i = 0; i < 100; i++) announce(`m${i}`)
    clock.settle()
    const [tunnel] = directory.all
    expect(tunnel?.announcement.models).toEqual(['m4'])
    clock.advance(1_000)
    expect(tunnel?.announcement.models).toEqual(['m99'])
    for (let i = 0; i < 1_100; i++) announce('m')
    clock.settle()
    expect(tunnel?.isOver).toBe(true)
  })

  it('ends a tunnel with an invalid announcement, immediately or when its turn comes', () => {
    const bridge = connect()
    for (let i = 0; i < 5; i++)
      bridge.announce(JSON.stringify({ keyDigests: [], upstreamKind: 'ollama', models: [] }))
    bridge.announce('{}')
    clock.settle()
    expect(directory.all).toHaveLength(1)
    clock.advance(1_000)
    expect(directory.all).toHaveLength(0)
  })

  it('accepts a stolen ticket from neither another owner nor another device', () => {
    const mine = resumeOf(say({}))
    const [tunnel] = directory.all
    expect(say({ ...mine, attempt: 2 }, 'd1', 'mallory')).toMatchObject({ resumed: false })
    expect(say({ ...mine, attempt: 2 }, 'd2')).toMatchObject({ resumed: false })
    expect(tunnel?.isAttached).toBe(true)
    expect(directory.tunnelsOf(ALICE)).toHaveLength(2)
  })

  it('opens no tunnel for a copied credential that is bound to a key', () => {
    const [mine, theirs] = [deviceKey(), deviceKey()]
    const bound = { boundTo: mine.thumbprint }
    expect(say({}, 'd1', 'alice', bound)).toBe(4404)
    expect(say({ proof: theirs.sign(STATEMENT) }, 'd1', 'alice', bound)).toBe(4404)
    expect(say({ proof: mine.sign('of another connection') }, 'd1', 'alice', bound)).toBe(4404)
    const forged = { ...theirs.sign(STATEMENT), key: mine.sign('').key }
    expect(say({ proof: forged }, 'd1', 'alice', bound)).toBe(4404)
    expect(directory.all).toEqual([])
    expect(say({ proof: mine.sign(STATEMENT) }, 'd1', 'alice', bound)).toMatchObject({ resumed: false })
  })

  it('prevents the takeover of a device that has proved a key, even if its credential is not bound to one', () => {
    const [mine, theirs] = [deviceKey(), deviceKey()]
    const first = say({ proof: mine.sign(STATEMENT) })
    const [tunnel] = directory.all
    expect(say({ instance: 'two' })).toBe(4404)
    expect(say({ instance: 'two', proof: theirs.sign(STATEMENT) })).toBe(4404)
    expect(say({ ...resumeOf(first), attempt: 2 })).toBe(4404)
    expect(directory.all).toEqual([tunnel])
    const back = { ...resumeOf(first), attempt: 2, proof: mine.sign(STATEMENT) }
    expect(say(back)).toMatchObject({ resumed: true })
  })

  it('binds a credential to the key that the device has shown when it renews it', async () => {
    const mine = deviceKey()
    const old = { renewAfter: clock.now() }
    const first = say({ proof: mine.sign(STATEMENT) }, 'd1', 'alice', old)
    clock.advance(59_000)
    say({ ...resumeOf(first), attempt: 2, proof: mine.sign(STATEMENT) }, 'd1', 'alice', old)
    clock.advance(1_000)
    await expect
      .poll(() => directory.all[0]?.credential)
      .toMatchObject({ boundTo: mine.thumbprint, deviceId: 'd1' })
  })

  it('ends a tunnel whose credential was not renewed in time', () => {
    say({})
    clock.advance(DAY_MS + 60_000)
    expect(directory.all).toEqual([])
    expect(directory.ownerAt(new RoutingIds(key.routingSecret).routingIdFor(ALICE))).toBeUndefined()
  })

  it('leaves nothing behind when it is closed', () => {
    say({})
    directory.drain()
    expect(say({ attempt: 2 })).toBe(4503)
    directory.close()
    expect(directory.all).toEqual([])
    expect(clock.pendingTimers).toBe(0)
  })
})
