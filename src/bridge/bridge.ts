import { pause, type Clock, type Random } from '../shared/clock.ts'
import { coalesced } from '../shared/coalesced.ts'
import type { Logger } from '../shared/logger.ts'
import { includesModel } from '../shared/model-name.ts'
import type { Principal } from '../shared/proxy-head.ts'
import { matchRoute } from '../shared/routes.ts'
import { DEFAULT_LIMITS } from '../tunnel/limits.ts'
import { isLoopback, publicUrlFor } from './dial/relay-address.ts'
import { Forwarder } from './forward/forwarder.ts'
import { toLogFields, type FinishedRequest, type RequestEvent } from './forward/request-event.ts'
import type { UpstreamTarget } from './forward/upstream-request.ts'
import { Jobs } from './jobs/jobs.ts'
import type { JobStorage } from './jobs/job-storage.ts'
import { LocalJobs } from './jobs/local-jobs.ts'
import { keptLimitsOf } from './kept/kept-answers.ts'
import { RelayAccess } from './relay-access.ts'
import { KeyLimits } from './keys/key-limits.ts'
import type { KeyStore } from './keys/key-store.ts'
import { LOCAL_GRANT, type Grant } from './policy/grant.ts'
import type { UpstreamKey } from './upstream/upstream-key.ts'
import type { DeviceIdentity } from './secrets/device-identity.ts'
import type { Secrets } from './secrets/secrets.ts'
import type { SettingsStore } from './settings/settings-store.ts'
import { HostWatch } from './supervisor/host-watch.ts'
import { Supervisor } from './supervisor/supervisor.ts'
import type { UsageHistory } from './usage/usage-history.ts'
import { UpstreamMonitor, type Target, type UpstreamMonitorOptions } from './upstream/monitor.ts'
import type { BridgeSnapshot } from './bridge-snapshot.ts'
import { announcementFor } from './device-announcement.ts'

export interface BridgeOptions {
  /** `null` if this device is not registered with a relay. */
  readonly identity: DeviceIdentity | null
  readonly settings: SettingsStore
  readonly secrets: Secrets
  readonly keys: KeyStore
  /** Discovery of the model server. */
  readonly upstream: Pick<UpstreamMonitorOptions, 'discover' | 'probe'>
  /** The model server's API key, if it needs one. */
  readonly upstreamKey?: Pick<UpstreamKey, 'for' | 'onChange'>
  readonly usage?: Pick<UsageHistory, 'note'>
  /** `null` if jobs cannot be kept. */
  readonly jobs?: JobStorage | null
  /** Whether the machine runs on battery now; never by default. */
  readonly isOnBattery?: () => boolean
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly env: NodeJS.ProcessEnv
  /** Updates the proxy before each connection, since it changes with the network. Must not reject. */
  readonly findWay?: (relayUrl: URL) => Promise<void>
  /** The snapshot has changed. */
  readonly onChange: (snapshot: BridgeSnapshot) => void
  readonly onRequest: (event: RequestEvent) => void
  /** The machine has slept or changed its network. */
  readonly onUpheaval?: () => void
}

const DELIVERY_TIMEOUT_MS = 2_000
const DELIVERY_POLL_MS = 20
const TELL_EVERY_MS = 100

/** The desktop end: keeps the tunnel up and forwards its requests under the owner's policy. */
export class Bridge {
  readonly #options: BridgeOptions
  readonly #monitor: UpstreamMonitor
  readonly #forwarder: Forwarder
  readonly #supervisor: Supervisor
  readonly #hostWatch: HostWatch
  readonly #access: RelayAccess
  readonly #jobs: Jobs | undefined
  /** For this device's own user. */
  readonly jobs: LocalJobs
  #isSharing = false
  #url: string | undefined
  /** The relay's public URL from which `#url` was derived. */
  #named: string | undefined
  /** Combines the changes of many short requests. */
  readonly #changedSoon: () => void
  readonly #subscriptions: (() => void)[] = []

  constructor(options: BridgeOptions) {
    this.#options = options
    const { clock, random, logger, upstream, settings, onRequest, keys, findWay } = options
    this.#changedSoon = coalesced(clock, TELL_EVERY_MS, () => this.#changed())
    this.#access = new RelayAccess({
      ...options,
      findWay,
      onRenewed: (token) => this.#supervisor.sendCredential(token),
      onEnded: (cause) => this.#supervisor.send({ type: 'failed', cause }),
    })
    this.#access.become(options.identity)
    const keyLimits = new KeyLimits((id) => keys.requestsPerMinute(id), clock)
    this.jobs = new LocalJobs(options.jobs?.store ?? null, () => this.#ownerId)
    this.#jobs = options.jobs ? this.#jobsIn(options.jobs) : undefined
    this.#monitor = new UpstreamMonitor({
      ...upstream,
      clock,
      onChange: () => {
        if (this.#monitor.state.kind === 'up') this.#jobs?.runner.upstreamUp()
        this.#supervisor.announce()
        this.#changed()
      },
    })
    this.#forwarder = new Forwarder({
      clock,
      logger,
      upstream: () => targetFor(this.#monitor.target, options.upstreamKey),
      grantFor: (principal) => this.#grantFor(principal),
      admit: (grant) => keyLimits.take(grant.id),
      keptLimits: () => keptLimitsOf(settings.value),
      localRoutes: this.#jobs?.routes ?? [],
      onRequest: (event) => {
        onRequest(event)
        if (event.type === 'finish') this.#finished(event)
        this.#changedSoon()
      },
    })
    this.#supervisor = new Supervisor({
      clock,
      random,
      limits: () => ({ ...DEFAULT_LIMITS, maxStreams: settings.value.maxConcurrent }),
      logger,
      device: () => ({ id: this.#access.identity?.deviceId ?? '', name: settings.value.deviceName }),
      dial: (signal) => this.#access.dial(signal),
      announcement: () =>
        JSON.stringify(announcementFor(keys.validDigests(clock.now()), this.#monitor.state)),
      onStream: (stream, head) => this.#forwarder.accept(stream, head),
      onCredential: (credential) => void this.#access.renewed(credential),
      onChange: () => this.#changed(),
    })
    this.#hostWatch = new HostWatch({
      clock,
      onUpheaval: (hasNetwork) => this.#upheaval(hasNetwork),
    })
  }

  get snapshot(): BridgeSnapshot {
    const identity = this.#access.identity
    const { publicUrl } = this.#supervisor
    if (publicUrl !== undefined && identity !== null && this.#named !== publicUrl) {
      this.#named = publicUrl
      this.#url = publicUrlFor(publicUrl, new URL(identity.relayUrl))
    }
    return {
      tunnel: this.#supervisor.state,
      upstream: this.#monitor.state,
      rttMs: this.#supervisor.rttMs,
      url: this.#url,
      device: identity && { id: identity.deviceId, relayUrl: identity.relayUrl },
      // The model server may be done while its response is still being sent to a slow client.
      activeRequests: Math.max(
        this.#forwarder.activeCount,
        this.#supervisor.streamCount - this.#forwarder.localCount,
      ),
      jobs: this.#jobs?.snapshot,
    }
  }

  /** Finds the upstream first, so the first announcement includes it. */
  async start(): Promise<void> {
    const { keys, settings, upstreamKey } = this.#options
    let { upstream } = settings.value
    this.#subscriptions.push(
      keys.onChange(() => {
        this.#supervisor.announce()
        this.#forwarder.enforce()
        this.#jobs?.runner.enforce()
      }),
      settings.onChange((changed) => {
        if (changed.upstream !== upstream) void this.#monitor.rediscover()
        upstream = changed.upstream
        this.#jobs?.runner.wake()
      }),
    )
    if (upstreamKey !== undefined)
      this.#subscriptions.push(upstreamKey.onChange(() => void this.#monitor.rediscover()))
    await this.#monitor.check()
    // Stopped during discovery.
    if (this.#subscriptions.length === 0) return
    this.#monitor.start()
    this.#hostWatch.start()
    this.#jobs?.start()
    this.resume()
  }

  /** Ends the tunnel and every request in it. */
  stop(): void {
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe()
    this.#monitor.stop()
    this.#hostWatch.stop()
    this.#jobs?.stop()
    this.pause()
  }

  /** Ends the tunnel and its requests until `resume`, and drops kept answers. */
  pause(): void {
    this.#stopSharing()
    this.#access.stop()
    this.#supervisor.send({ type: 'stop' })
  }

  /** Restores the tunnel after `pause`. */
  resume(): void {
    this.#isSharing = true
    this.#jobs?.runner.enforce()
    this.#jobs?.runner.wake()
    this.#access.start()
    this.#supervisor.send({ type: 'start', hasCredential: this.#access.identity !== null })
  }

  /** Starts a connection attempt immediately. */
  reconnect(): void {
    this.#supervisor.send({ type: 'reconnect' })
  }

  /** The machine is about to sleep. */
  suspend(): void {
    this.#supervisor.send({ type: 'paused', cause: 'suspended' })
  }

  /** The machine woke up or its network changed: existing connections are not trusted. */
  wake(): void {
    // Otherwise it would detect the same sleep seconds later and drop the new connection.
    this.#hostWatch.wakeKnown()
    this.#supervisor.send({ type: 'resumed' })
  }

  /** Switches to a new identity, replacing any previous one. The caller stores it. */
  signIn(identity: DeviceIdentity): void {
    this.signOut()
    this.#access.become(identity)
    this.#supervisor.send({ type: 'signedIn' })
    this.resume()
  }

  /** Ends the tunnel until the next sign-in. The caller deletes the identity. */
  signOut(): void {
    this.#stopSharing()
    this.#access.become(null)
    this.#url = undefined
    this.#named = undefined
    this.#supervisor.send({ type: 'signedOut' })
  }

  /** Refuses new requests while running ones finish. */
  drain(isDraining: boolean): void {
    this.#forwarder.drain(isDraining)
    if (isDraining) this.#jobs?.stop()
    else this.#jobs?.start()
  }

  /** Call before `stop`. Resolves once all responses have reached the relay, or after two seconds. Never rejects. */
  async delivered(): Promise<void> {
    await this.#waitUntil(() => this.#supervisor.isDelivered)
  }

  /** Resolves once the relay has the latest announcement including the keys, or after two seconds. Never rejects. */
  async announced(): Promise<void> {
    // Changes are sent in the next tick.
    await pause(this.#options.clock, DELIVERY_POLL_MS)
    await this.#waitUntil(() => this.#supervisor.isHeard)
  }

  /** Repeats discovery, even if a model server is known. */
  async rediscoverUpstream(): Promise<void> {
    await this.#monitor.rediscover()
  }

  #jobsIn(storage: JobStorage): Jobs {
    const { clock, random, logger, settings, isOnBattery = () => false } = this.#options
    return new Jobs({
      storage,
      clock,
      random,
      logger,
      isOnBattery,
      ownerId: () => this.#ownerId,
      settings: () => settings.value,
      forwarder: () => this.#forwarder,
      isUpstreamUp: () => this.#monitor.state.kind === 'up',
      isSharing: () => this.#isSharing && this.#access.identity !== null,
      isKnown: (principal) => this.#grantFor(principal) !== undefined,
      onChange: () => this.#changedSoon(),
    })
  }

  get #ownerId(): string {
    return this.#access.identity?.ownerId ?? ''
  }

  #stopSharing(): void {
    this.#isSharing = false
    this.#forwarder.dropKept()
    this.#jobs?.runner.interruptShared()
  }

  #finished(event: FinishedRequest): void {
    const { logger, keys, usage } = this.#options
    logger.info(toLogFields(event), 'request done')
    if (event.key !== null) keys.noteUse(event.key, event.tokens)
    usage?.note(event)
    this.#jobs?.runner.clientDone()
    if (this.#tellsOfChange(event)) void this.#monitor.check()
  }

  /** Whether a request revealed that the model server is down or its models changed, ahead of the next poll. */
  #tellsOfChange({ error, status, method, path, model }: FinishedRequest): boolean {
    if (error === 'UPSTREAM_UNREACHABLE' || error === 'UPSTREAM_FAILED') return true
    if (status === 401 || status === 503) return this.#monitor.target?.facts?.kind !== 'ollama'
    const match = matchRoute(method, path)
    if (status !== 200 || match.kind !== 'found') return false
    if (match.route.scope === 'manage') return true
    const { loaded } = this.#monitor.target?.facts ?? {}
    const isLoader = match.route.scope === 'inference' && model !== null && loaded !== undefined
    return isLoader && !includesModel(loaded, model)
  }

  #upheaval(hasNetwork: boolean): void {
    this.#options.onUpheaval?.()
    const { identity } = this.#access
    const isFar = identity !== null && !isLoopback(new URL(identity.relayUrl))
    this.#supervisor.send(hasNetwork || !isFar ? { type: 'resumed' } : { type: 'paused', cause: 'noNetwork' })
  }

  #grantFor(principal: Principal): Grant | undefined {
    if (principal.kind === 'key')
      return this.#options.keys.grantFor(principal.digest, this.#options.clock.now())
    if (principal.subject !== this.#access.identity?.ownerId) return undefined
    return { ...LOCAL_GRANT, scopes: this.#options.settings.value.ownerScopes }
  }

  async #waitUntil(isDone: () => boolean): Promise<void> {
    const { clock } = this.#options
    const until = clock.monotonic() + DELIVERY_TIMEOUT_MS
    while (!isDone() && clock.monotonic() < until) await pause(clock, DELIVERY_POLL_MS)
  }

  #changed(): void {
    this.#options.onChange(this.snapshot)
  }
}

/** A server that has only refused requests may be of any kind. */
function targetFor(target: Target | null, key: BridgeOptions['upstreamKey']): UpstreamTarget | null {
  if (target === null) return null
  const { baseUrl, facts } = target
  return { baseUrl, ...(facts ?? { kind: 'openai', isKindGuessed: true }), apiKey: key?.for(baseUrl) }
}
