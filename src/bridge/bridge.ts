import type { Announcement } from '../shared/announcement.ts'
import type { Clock, Random } from '../shared/clock.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import type { Principal } from '../shared/proxy-head.ts'
import { DEFAULT_LIMITS, webSocketMessageBytesFor } from '../tunnel/limits.ts'
import { proxyFor } from './dial/proxy.ts'
import { isLoopback, parseRelayUrl, toTunnelUrl } from './dial/relay-address.ts'
import { dialRelay } from './dial/relay-dialer.ts'
import { Forwarder } from './forward/forwarder.ts'
import type { RequestEvent } from './forward/request-event.ts'
import { KeyLimits } from './keys/key-limits.ts'
import type { KeyStore } from './keys/key-store.ts'
import type { Grant } from './policy/grant.ts'
import { saveDeviceIdentity, type DeviceIdentity } from './secrets/device-identity.ts'
import type { Secrets } from './secrets/secrets.ts'
import type { SettingsStore } from './settings/settings-store.ts'
import type { TunnelState } from './supervisor/machine.ts'
import { HostWatch } from './supervisor/host-watch.ts'
import { Supervisor } from './supervisor/supervisor.ts'
import { UpstreamMonitor, type UpstreamMonitorOptions, type UpstreamState } from './upstream/monitor.ts'

export interface BridgeOptions {
  /** `null` = this device belongs to no relay yet. */
  readonly identity: DeviceIdentity | null
  readonly settings: SettingsStore
  readonly secrets: Secrets
  readonly keys: KeyStore
  /** How the model server is found. */
  readonly upstream: Pick<UpstreamMonitorOptions, 'discover' | 'probe'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly env: NodeJS.ProcessEnv
  /** Something in the snapshot has changed. */
  readonly onChange: (snapshot: BridgeSnapshot) => void
  readonly onRequest: (event: RequestEvent) => void
}

/** Everything that a status line, a window or a tray shows of a bridge. */
export interface BridgeSnapshot {
  readonly tunnel: TunnelState
  readonly upstream: UpstreamState
  readonly rttMs: number | undefined
  /** The URL for clients; known once the tunnel has been online. */
  readonly url: string | undefined
  /** `null` = signed out. */
  readonly device: { readonly id: string; readonly relayUrl: string } | null
  readonly activeRequests: number
}

/** Of the announcement's megabyte a part: names take 100 bytes at most by custom. */
const MAX_ANNOUNCED_MODELS = 2_000

/** The desktop end, put together: keeps the tunnel up and forwards what comes through it, under the owner's policy. */
export class Bridge {
  readonly #options: BridgeOptions
  readonly #monitor: UpstreamMonitor
  readonly #forwarder: Forwarder
  readonly #supervisor: Supervisor
  readonly #hostWatch: HostWatch
  #identity: DeviceIdentity | null
  #url: string | undefined
  readonly #subscriptions: (() => void)[] = []

  constructor(options: BridgeOptions) {
    this.#options = options
    this.#identity = options.identity
    const { clock, random, logger, upstream, settings, onRequest, keys } = options
    const keyLimits = new KeyLimits((id) => keys.requestsPerMinute(id))
    this.#monitor = new UpstreamMonitor({
      ...upstream,
      clock,
      onChange: () => {
        this.#supervisor.announce()
        this.#changed()
      },
    })
    this.#forwarder = new Forwarder({
      clock,
      logger,
      upstream: () => this.#monitor.target,
      grantFor: (principal) => this.#grantFor(principal),
      admit: (grant) => keyLimits.take(grant.id),
      onRequest: (event) => {
        onRequest(event)
        // Whoever was refused the connection knows before any poll that the model server is gone.
        if (event.type === 'finish' && event.error === 'UPSTREAM_UNREACHABLE') void this.#monitor.check()
        this.#changed()
      },
    })
    this.#supervisor = new Supervisor({
      clock,
      random,
      limits: () => ({ ...DEFAULT_LIMITS, maxStreams: settings.value.maxConcurrent }),
      logger,
      device: () => ({ id: this.#identity?.deviceId ?? '', name: settings.value.deviceName }),
      dial: (signal) => this.#dial(signal),
      announcement: () => JSON.stringify(this.#announcement()),
      onStream: (stream, head) => this.#forwarder.accept(stream, head),
      onCredential: (credential) => this.#renewed(credential),
      onChange: () => this.#changed(),
    })
    this.#hostWatch = new HostWatch({
      clock,
      onUpheaval: (hasNetwork) => this.#upheaval(hasNetwork),
    })
  }

  get snapshot(): BridgeSnapshot {
    this.#url = this.#supervisor.publicUrl ?? this.#url
    const identity = this.#identity
    return {
      tunnel: this.#supervisor.state,
      upstream: this.#monitor.state,
      rttMs: this.#supervisor.rttMs,
      url: this.#url,
      device: identity && { id: identity.deviceId, relayUrl: identity.relayUrl },
      activeRequests: this.#forwarder.activeCount,
    }
  }

  /** Looks for the upstream first, so that the relay hears of it with the first announcement. */
  async start(): Promise<void> {
    const { keys, settings } = this.#options
    let { upstream } = settings.value
    this.#subscriptions.push(
      keys.onChange(() => {
        this.#supervisor.announce()
        this.#forwarder.enforce()
      }),
      settings.onChange((changed) => {
        if (changed.upstream !== upstream) void this.#monitor.rediscover()
        upstream = changed.upstream
      }),
    )
    await this.#monitor.check()
    this.#monitor.start()
    this.#hostWatch.start()
    this.resume()
  }

  /** Ends the tunnel and every request in it. */
  stop(): void {
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe()
    this.#monitor.stop()
    this.#hostWatch.stop()
    this.pause()
  }

  /** The user wants no tunnel for now: ends it and every request in it. */
  pause(): void {
    this.#supervisor.send({ type: 'stop' })
  }

  /** The user wants the tunnel back. */
  resume(): void {
    this.#supervisor.send({ type: 'start', hasCredential: this.#identity !== null })
  }

  /** The user asks for a new attempt now. */
  reconnect(): void {
    this.#supervisor.send({ type: 'reconnect' })
  }

  /** The machine is about to sleep. */
  suspend(): void {
    this.#supervisor.send({ type: 'paused', cause: 'suspended' })
  }

  /** The machine is awake again, or its network has changed: connections from before are not to be trusted. */
  wake(): void {
    this.#supervisor.send({ type: 'resumed' })
  }

  /** This device has become somebody's at a relay; whatever it was before ends. The caller stores the identity. */
  signIn(identity: DeviceIdentity): void {
    this.signOut()
    this.#identity = identity
    this.#supervisor.send({ type: 'signedIn' })
    this.resume()
  }

  /** Ends the tunnel until somebody signs in. The caller deletes the identity. */
  signOut(): void {
    this.#identity = null
    this.#url = undefined
    this.#supervisor.send({ type: 'signedOut' })
  }

  /** Whether to turn new requests away while those under way finish. */
  drain(isDraining: boolean): void {
    this.#forwarder.drain(isDraining)
  }

  /** Looks again for a model server, also where one is known. */
  async rediscoverUpstream(): Promise<void> {
    await this.#monitor.rediscover()
  }

  #upheaval(hasNetwork: boolean): void {
    const isFar = this.#identity !== null && !isLoopback(new URL(this.#identity.relayUrl))
    this.#supervisor.send(hasNetwork || !isFar ? { type: 'resumed' } : { type: 'paused', cause: 'noNetwork' })
  }

  async #dial(signal: AbortSignal) {
    const { clock, env } = this.#options
    if (this.#identity === null) throw new AppError('NOT_PAIRED')
    const { url } = parseRelayUrl(this.#identity.relayUrl, env)
    return dialRelay({
      url: toTunnelUrl(url).href,
      credential: this.#identity.credential,
      agent: proxyFor(url, clock)?.agent,
      maxMessageBytes: webSocketMessageBytesFor(DEFAULT_LIMITS),
      signal,
    })
  }

  #grantFor(principal: Principal): Grant | undefined {
    if (principal.kind === 'key')
      return this.#options.keys.grantFor(principal.digest, this.#options.clock.now())
    if (principal.subject !== this.#identity?.ownerId) return undefined
    const { ownerScopes } = this.#options.settings.value
    return { id: 'owner', name: 'owner', scopes: ownerScopes, models: null, maxConcurrent: null }
  }

  #announcement(): Announcement {
    const { keys, clock } = this.#options
    const upstream = this.#monitor.state
    return {
      keyDigests: keys.validDigests(clock.now()),
      upstreamKind: upstream.kind === 'up' ? upstream.facts.kind : 'none',
      models: upstream.kind === 'up' ? upstream.facts.models.slice(0, MAX_ANNOUNCED_MODELS) : [],
    }
  }

  #renewed(credential: string): void {
    const { secrets, logger } = this.#options
    if (this.#identity === null) return
    this.#identity = { ...this.#identity, credential }
    saveDeviceIdentity(secrets, this.#identity).catch((cause: unknown) =>
      logger.warn(
        { cause: new AppError('SECRETS_UNAVAILABLE', undefined, { cause }) },
        'renewed credential not kept',
      ),
    )
  }

  #changed(): void {
    this.#options.onChange(this.snapshot)
  }
}
