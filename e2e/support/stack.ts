import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { OwnerId } from '../../src/shared/brands.ts'
import { Bridge } from '../../src/bridge/bridge.ts'
import type { BridgeSnapshot } from '../../src/bridge/bridge-snapshot.ts'
import { KeyStore, type CreatedKey } from '../../src/bridge/keys/key-store.ts'
import type { NewKey } from '../../src/bridge/keys/key-record.ts'
import type { JobStorage } from '../../src/bridge/jobs/job-storage.ts'
import { pairDevice } from '../../src/bridge/pairing/pair-device.ts'
import type { RequestEvent } from '../../src/bridge/forward/request-event.ts'
import { openJobs } from '../../src/bridge/profile/profile.ts'
import type { DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { MemorySecrets } from '../../src/bridge/secrets/secrets.ts'
import { SettingsStore } from '../../src/bridge/settings/settings-store.ts'
import { discoverUpstream } from '../../src/bridge/upstream/discovery.ts'
import { createSigningKey } from '../../src/relay/auth/signing-key.ts'
import { parseRelayConfig, type RelayFlags } from '../../src/relay/config.ts'
import { startRelay, type Relay, type RelayOptions } from '../../src/relay/relay.ts'
import type { Clock } from '../../src/shared/clock.ts'
import { silentLogger, type Logger } from '../../src/shared/logger.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { freePort } from './free-port.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { until } from './until.ts'

const ANNOUNCED_MS = 10

const KEY: NewKey = {
  name: 'test',
  scopes: ['inference', 'read', 'manage'],
  models: null,
  expiresAt: null,
  requestsPerMinute: null,
  maxConcurrent: null,
}

/** The tests act as many users and the operator from one machine. */
const MANY_IN_ONE = { trustedProxies: 'loopback', metricsOnLoopback: 'true' }

export type TestRelayOptions = Partial<Omit<RelayOptions, 'config'>>

/** A relay in this process, with an identity that lives in memory. */
export function startTestRelay(flags: RelayFlags = {}, options: TestRelayOptions = {}): Promise<Relay> {
  return startPlainRelay({ ...MANY_IN_ONE, ...flags }, options)
}

/** The same with the settings that a relay has by default. */
export async function startPlainRelay(
  flags: RelayFlags = {},
  options: TestRelayOptions = {},
): Promise<Relay> {
  return startRelay({
    config: parseRelayConfig({ port: await freePort(), dataDir: tmpdir(), drainMs: 0, ...flags }, {}),
    clock: systemClock,
    logger: silentLogger,
    onPairingCode: () => {},
    signingKey: options.signingKey ?? (await createSigningKey()),
    ...options,
  })
}

/** The parts of a relay that a device uses. */
export type RelayDoor = Pick<Relay, 'url' | 'port' | 'mintPairingCode'>

/** A new device of this owner. */
export function pair(relay: RelayDoor, owner: string, deviceName = 'test desk'): Promise<DeviceIdentity> {
  return pairDevice(new URL(`${relay.url}/`), relay.mintPairingCode(owner), deviceName, systemClock)
}

/** A credential of the owner like those of older bridges: not bound to a device key, so HTTP clients can use it alone. */
export async function ownerToken({ url, mintPairingCode }: RelayDoor, owner: string): Promise<string> {
  const body = JSON.stringify({ code: mintPairingCode(owner) })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/pair`, { method: 'POST', headers, body })
  if (!response.ok) throw new Error(await response.text())
  return ((await response.json()) as { credential: string }).credential
}

/** The identity with another URL of the same relay, for which its access tokens are valid too. */
function movedTo(relayUrl: string, { oidc, ...identity }: DeviceIdentity): DeviceIdentity {
  return { ...identity, relayUrl, ...(oidc && { oidc: { ...oidc, confirmedFor: relayUrl } }) }
}

export interface DeskOptions {
  readonly owner?: string
  readonly deviceName?: string
  /** A previously paired desk on a relay with the same signing key, for the same device. */
  readonly identity?: DeviceIdentity
  readonly clock?: Clock
  readonly logger?: Logger
  readonly onRequest?: (event: RequestEvent) => void
  readonly isOnBattery?: () => boolean
}

/** A bridge in this process, paired and online, whose tunnel runs through a TCP proxy that can be cut. */
export class Desk {
  readonly relayUrl: string
  readonly proxy: TcpProxy
  readonly bridge: Bridge
  readonly keys: KeyStore
  readonly identity: DeviceIdentity
  readonly settings: SettingsStore
  #key = ''
  #token = ''
  readonly #dataDir: string
  readonly #jobs: JobStorage | null
  readonly #waiting = new Set<(snapshot: BridgeSnapshot) => void>()

  private constructor(
    relayUrl: string,
    proxy: TcpProxy,
    dataDir: string,
    keys: KeyStore,
    settings: SettingsStore,
    jobs: JobStorage | null,
    create: (onChange: (snapshot: BridgeSnapshot) => void) => Bridge,
    identity: DeviceIdentity,
  ) {
    this.relayUrl = relayUrl
    this.proxy = proxy
    this.#dataDir = dataDir
    this.keys = keys
    this.settings = settings
    this.#jobs = jobs
    this.identity = identity
    this.bridge = create((snapshot) => {
      for (const waiting of this.#waiting) waiting(snapshot)
    })
  }

  static async start(relay: RelayDoor, upstreamUrl: string, options: DeskOptions = {}): Promise<Desk> {
    const { owner = 'owner', clock = systemClock, logger = silentLogger } = options
    const { onRequest = () => {}, isOnBattery = () => false } = options
    const proxy = await TcpProxy.start(relay.port)
    const dataDir = await mkdtemp(join(tmpdir(), 'ctl-desk-'))
    const secrets = new MemorySecrets()
    const paired = options.identity ?? (await pair(relay, owner, options.deviceName))
    const { protocol } = new URL(relay.url)
    const identity = movedTo(`${protocol}//127.0.0.1:${proxy.port}/`, paired)
    const onBad = () => {}
    const policyPath = join(dataDir, 'policy.json')
    const settings = await SettingsStore.load({ dataDir, clock, env: {}, onBad, policyPath })
    const keys = await KeyStore.open({ dataDir, clock, ownerRoutingId: async () => identity.address, onBad })
    const jobs = await openJobs(
      dataDir,
      () => {},
      () => settings.value,
    )
    const create = (onChange: (snapshot: BridgeSnapshot) => void) =>
      new Bridge({
        identity,
        settings,
        secrets,
        keys,
        jobs,
        upstream: {
          discover: () => discoverUpstream({ explicitUrl: settings.value.upstream ?? upstreamUrl, env: {} }),
        },
        clock,
        random: Math.random,
        logger,
        env: {},
        onChange,
        onRequest,
        isOnBattery,
      })
    const desk = new Desk(relay.url, proxy, dataDir, keys, settings, jobs, create, identity)
    desk.#key = (await keys.create(KEY)).key
    const isBound = paired.oidc === undefined && paired.key !== undefined
    desk.#token = isBound ? await ownerToken(relay, paired.ownerId) : paired.credential
    await desk.bridge.start()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
    await desk.#announced()
    return desk
  }

  get ownerId(): OwnerId {
    return this.identity.ownerId
  }

  /** The owner's token: of the signed-in user, or of another paired device. */
  get token(): string {
    return this.#token
  }

  /** A key with the scopes inference, read and manage. */
  get key(): string {
    return this.#key
  }

  /** The relay's URL with the key in its path: what OLLAMA_HOST takes. */
  get keyUrl(): string {
    return `${this.relayUrl}/k/${this.#key}`
  }

  get authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.#key}` }
  }

  /** Makes another key and waits until the relay knows it. */
  async createKey(facts: Partial<NewKey>): Promise<CreatedKey> {
    const created = await this.keys.create({ ...KEY, ...facts })
    await this.#announced(created.key)
    return created
  }

  /** Resolves once the bridge's snapshot matches. */
  until(fits: (snapshot: BridgeSnapshot) => boolean): Promise<BridgeSnapshot> {
    if (fits(this.bridge.snapshot)) return Promise.resolve(this.bridge.snapshot)
    return new Promise((resolve) => {
      const waiting = (snapshot: BridgeSnapshot) => {
        if (!fits(snapshot)) return
        this.#waiting.delete(waiting)
        resolve(snapshot)
      }
      this.#waiting.add(waiting)
    })
  }

  async close(): Promise<void> {
    this.bridge.stop()
    this.#jobs?.store.close()
    this.keys.destroy()
    await this.proxy.close()
    await rm(this.#dataDir, { recursive: true, force: true })
  }

  /**
   * The announcement follows the handshake, and until it arrives the relay does not know the key.
   * The first request is delayed a little, since each unknown key counts as a guess.
   */
  async #announced(key = this.#key): Promise<void> {
    const headers = { authorization: `Bearer ${key}` }
    await delay(ANNOUNCED_MS)
    await until(async () => {
      const response = await fetch(`${this.relayUrl}/api/tunnel/status`, { headers })
      return ((await response.json()) as { online?: boolean }).online === true
    })
  }
}

export interface Stack {
  readonly relay: Relay
  readonly desk: Desk
  close(): Promise<void>
}

/** One relay, one bridge, one upstream. */
export async function startStack(
  upstreamUrl: string,
  flags: RelayFlags = {},
  options: DeskOptions = {},
): Promise<Stack> {
  const relay = await startTestRelay(flags, options.clock && { clock: options.clock })
  const desk = await Desk.start(relay, upstreamUrl, options)
  return {
    relay,
    desk,
    async close() {
      await desk.close()
      await relay.close()
    },
  }
}
