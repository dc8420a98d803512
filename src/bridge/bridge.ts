import type { Announcement } from '../shared/announcement.ts'
import type { Clock, Random } from '../shared/clock.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import type { Principal } from '../shared/proxy-head.ts'
import { DEFAULT_LIMITS, webSocketMessageBytesFor } from '../tunnel/limits.ts'
import { proxyFor } from './dial/proxy.ts'
import { parseRelayUrl, toTunnelUrl } from './dial/relay-address.ts'
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
  readonly identity: DeviceIdentity
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
  readonly deviceId: string
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
  #identity: DeviceIdentity
  #forgetKeys: (() => void) | undefined

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
      limits: { ...DEFAULT_LIMITS, maxStreams: settings.value.maxConcurrent },
      logger,
      device: { id: options.identity.deviceId, name: settings.value.deviceName },
      dial: (signal) => this.#dial(signal),
      announcement: () => JSON.stringify(this.#announcement()),
      onStream: (stream, head) => this.#forwarder.accept(stream, head),
      onCredential: (credential) => this.#renewed(credential),
      onChange: () => this.#changed(),
    })
    this.#hostWatch = new HostWatch({
      clock,
      onUpheaval: () => this.#supervisor.send({ type: 'resumed' }),
    })
  }

  get snapshot(): BridgeSnapshot {
    return {
      tunnel: this.#supervisor.state,
      upstream: this.#monitor.state,
      rttMs: this.#supervisor.rttMs,
      url: this.#supervisor.publicUrl,
      deviceId: this.#identity.deviceId,
      activeRequests: this.#forwarder.activeCount,
    }
  }

  /** Looks for the upstream first, so that the relay hears of it with the first announcement. */
  async start(): Promise<void> {
    this.#forgetKeys = this.#options.keys.onChange(() => {
      this.#supervisor.announce()
      this.#forwarder.enforce()
    })
    await this.#monitor.check()
    this.#monitor.start()
    this.#hostWatch.start()
    this.#supervisor.send({ type: 'start', hasCredential: true })
  }

  /** Ends the tunnel and every request in it. */
  stop(): void {
    this.#forgetKeys?.()
    this.#monitor.stop()
    this.#hostWatch.stop()
    this.#supervisor.send({ type: 'stop' })
  }

  /** The user asks for a new attempt now. */
  reconnect(): void {
    this.#supervisor.send({ type: 'reconnect' })
  }

  async #dial(signal: AbortSignal) {
    const { clock, env } = this.#options
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
    if (principal.subject !== this.#identity.ownerId) return undefined
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
