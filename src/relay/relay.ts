import { setImmediate } from 'node:timers/promises'
import { BodyMemory, type BodyMemoryLimits } from '../shared/body-memory.ts'
import type { Clock } from '../shared/clock.ts'
import type { Logger } from '../shared/logger.ts'
import { DEFAULT_LIMITS, webSocketMessageBytesFor, type TunnelLimits } from '../tunnel/limits.ts'
import { RoutingIds } from './auth/routing-id.ts'
import { TokenVerifier } from './auth/token-verifier.ts'
import { Challenges } from './auth/challenges.ts'
import { MemoryCodeStore } from './auth/code-store.ts'
import { Credentials } from './auth/credential.ts'
import { OidcIssuer } from './auth/oidc-issuer.ts'
import { PairingService, type PairingServiceOptions } from './auth/pairing.ts'
import { RevocationFile } from './auth/revocation-file.ts'
import { Revocations } from './auth/revocations.ts'
import { loadSigningKey, type SigningKey } from './auth/signing-key.ts'
import { Cluster } from './cluster/cluster.ts'
import { HopPasses } from './cluster/hop-pass.ts'
import { connectRedis, warnOfOpenRedis, type RedisConnections } from './cluster/redis.ts'
import { RedisRevocations } from './cluster/redis-revocations.ts'
import { RedisCodeStore } from './cluster/redis-code-store.ts'
import { ReplicaRouter } from './cluster/replica-router.ts'
import { Replicas } from './cluster/replicas.ts'
import { Seals } from './cluster/seal.ts'
import type { RelayConfig } from './config.ts'
import { CallerCheck } from './http/caller-check.ts'
import { DeepHealth } from './http/deep-health.ts'
import { DeviceAdmin } from './http/device-admin.ts'
import { OwnRoutes } from './http/own-routes.ts'
import { Proxy } from './http/proxy.ts'
import { RelayServer } from '../front/http-front.ts'
import { TunnelUpgrade } from './http/tunnel-upgrade.ts'
import { AuthFailures } from './limits/auth-failures.ts'
import { Breakers } from './limits/breaker.ts'
import { PairingLimits } from './limits/pairing-limits.ts'
import { RequestLimits } from './limits/request-limits.ts'
import { limiterFactory } from './limits/sliding-window.ts'
import { Audit } from './observe/audit.ts'
import { RelayMetrics } from './observe/metrics.ts'
import { TunnelTelemetry } from './observe/tunnel-telemetry.ts'
import { DeviceLedger } from './tunnels/device-ledger.ts'
import { TunnelDirectory } from './tunnels/directory.ts'
import type { Tunnel } from './tunnels/tunnel.ts'
import { combineObservers } from './tunnels/observers.ts'

export interface RelayOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly logger: Logger
  /** Where the audit's lines go, instead of among all others. */
  readonly auditLogger?: Logger
  /** A fresh pairing code, because the one before was used or is too old. */
  readonly onPairingCode: (code: string, ownerId: string) => void
  /** Instead of the key in the data directory: for tests. */
  readonly signingKey?: SigningKey
}

/** A relay that listens. */
export interface Relay {
  /** What clients use. */
  readonly url: string
  readonly port: number
  readonly metrics: RelayMetrics
  readonly tunnels: TunnelDirectory
  /** A one-time code that makes a device this owner's. Voids the owner's code before it. */
  mintPairingCode(ownerId: string): string
  /** Whether a device credential is one of this relay's and still good. */
  recognises(credential: string): Promise<boolean>
  /** Sends bridges elsewhere, refuses new requests, lets old ones finish for as long as the drain time, then ends everything. */
  close(): Promise<void>
}

const DRAIN_POLL_MS = 50
/** How long devices without a request may take to leave. */
const HANDOVER_MS = 5_000

interface Draining {
  readonly server: RelayServer
  readonly directory: TunnelDirectory
  readonly replicas: Replicas | undefined
}

/** Puts a relay together and starts it. @throws AppError PORT_IN_USE, CONFIG_INVALID */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { config, clock, logger } = options
  const key = options.signingKey ?? (await loadSigningKey(config.dataDir, config.relayKey))
  const own = { url: '', isReady: true, isServing: true }
  const redis = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl, clock, logger)
  if (config.redisUrl !== undefined) warnOfOpenRedis(config.redisUrl, logger)
  const revocations = await openRevocations(options, key, redis)
  const core = assembleCore(options, key, own, redis, revocations)
  const { directory, pairing, tokenVerifier, metrics } = core
  const { server, tunnelUpgrade, replicas } = assembleFront(options, own, core)
  const port = await start(server, replicas)
  own.url =
    config.publicUrl ??
    `${config.tlsCertFile === undefined ? 'http' : 'https'}://${urlHost(config.host)}:${port}`
  logger.info({ url: own.url, port }, 'relay listening')
  return {
    url: own.url,
    port,
    metrics,
    tunnels: directory,
    mintPairingCode: (ownerId) => pairing.mint(ownerId),
    recognises: (credential) =>
      tokenVerifier.verify(credential).then(
        () => true,
        () => false,
      ),
    async close() {
      own.isReady = false
      tunnelUpgrade.close()
      server.drain()
      if (config.drainDelayMs > 0) await pause(clock, config.drainDelayMs)
      // Where there are other relays, whoever comes here now is sent on to where their device has gone.
      own.isServing = replicas !== undefined
      directory.drain()
      replicas?.sentAway(directory.all)
      await drained({ server, directory, replicas }, clock, config.drainMs)
      pairing.close()
      directory.close()
      core.audit.close()
      await replicas?.close()
      // The errors that end the answers under way leave in the next turn.
      await setImmediate()
      server.destroy()
    },
  }
}

function openRevocations(
  { config, clock, logger }: RelayOptions,
  { revocationSecret: secret }: SigningKey,
  redis: RedisConnections | undefined,
): Promise<Revocations> {
  const store = new RevocationFile(config.dataDir)
  const shared = redis && new RedisRevocations(redis, clock)
  return Revocations.open({ secret, store, shared, clock, logger }).catch((cause: unknown) => {
    redis?.close()
    throw cause
  })
}

/** @returns the port that clients use. Whatever goes wrong, nothing is left that would keep the process alive. */
async function start(server: RelayServer, replicas: Replicas | undefined): Promise<number> {
  try {
    await replicas?.start()
    return await server.listen()
  } catch (cause) {
    await replicas?.close()
    throw cause
  }
}

/** What a relay knows of itself only once it listens. */
interface OwnState {
  readonly url: string
  readonly isReady: boolean
  readonly isServing: boolean
}

function assembleCore(
  options: RelayOptions,
  key: SigningKey,
  own: OwnState,
  redis: RedisConnections | undefined,
  revocations: Revocations,
) {
  const { config, clock, logger, auditLogger, onPairingCode } = options
  const auth = assembleAuth(options, key, revocations)
  const base = { ...auth, clock, logger }
  const createLimiter = limiterFactory(clock, redis && sharedCountersOf(redis, key))
  const authFailures = new AuthFailures(config.maxAuthFailures, createLimiter)
  const requestLimits = new RequestLimits({ config, clock, createLimiter })
  const breakers = new Breakers({ failures: config.breakerFailures, pauseMs: config.breakerPauseMs })
  const limits = tunnelLimitsFor(config)
  const metrics: RelayMetrics = new RelayMetrics({
    clock,
    tunnelCount: () => directory.all.length,
    hasUpstream: () => hasUpstream(directory.all),
    waitingCount: () => requestLimits.waitingCount,
    openBreakerCount: () => directory.all.filter((tunnel) => breakers.isOpen(tunnel)).length,
  })
  const audit = new Audit(auditLogger ?? logger, clock)
  const about = { ...base, keyId: key.keyId, maxDevices: config.maxTunnelsPerOwner }
  const seals = new Seals(key.sharedStateSecret, clock, logger)
  const cluster = redis && new Cluster({ redis, seals, ...about, directory: () => directory })
  const ledger = new DeviceLedger(clock)
  const directory: TunnelDirectory = new TunnelDirectory({
    ...base,
    limits,
    windowMemory: new BodyMemory(windowMemoryLimitsFor(config)),
    maxDevices: config.maxTunnelsPerOwner,
    maxTunnels: config.maxTunnels,
    publicUrl: () => own.url,
    observer: combineObservers(new TunnelTelemetry(metrics, audit), ledger, ...(cluster ? [cluster] : [])),
  })
  revocations.onRevoked((revoked) => directory.endRevoked(revoked))
  const store = redis === undefined ? new MemoryCodeStore() : new RedisCodeStore({ redis, seals, clock })
  const forCodes = { store, limits: new PairingLimits(createLimiter, limiterFactory(clock)) }
  const pairing = pairingServiceFor({ ...auth, clock, ...forCodes }, key, onPairingCode)
  const proxy = new Proxy({
    ...base,
    config,
    directory,
    limits: requestLimits,
    authFailures,
    breakers,
    bodyMemory: new BodyMemory(memoryLimitsFor(config)),
    metrics,
    audit,
    maxMessageBytes: limits.maxMessageBytes,
    isReady: () => own.isServing,
  })
  const ofDevices = { directory, ledger, revocations, proxy, audit, createLimiter }
  const core = { ...auth, cluster, directory, pairing, proxy, authFailures, metrics, audit }
  return { ...core, ofDevices, hops: hopsOf(key, clock) }
}

function pairingServiceFor(
  parts: Omit<PairingServiceOptions, 'codeSecret' | 'onCode'>,
  { codeSecret }: SigningKey,
  onCode: RelayOptions['onPairingCode'],
): PairingService {
  return new PairingService({ ...parts, codeSecret, onCode })
}

function sharedCountersOf({ commands }: RedisConnections, { sharedStateSecret }: SigningKey) {
  return { redis: commands, secret: sharedStateSecret }
}

/** What proves that a request comes from another relay with this key. */
function hopsOf(key: SigningKey, clock: Clock) {
  return { passes: new HopPasses(key.hopSecret, clock), hopTlsSecret: key.hopTlsSecret }
}

/** Everything that judges credentials. */
function assembleAuth({ config, clock }: RelayOptions, key: SigningKey, revocations: Revocations) {
  const credentials = new Credentials(key, clock)
  const challenges = new Challenges(key.challengeSecret, clock)
  const tokenVerifier = new TokenVerifier(credentials, issuersOf(config, clock), challenges, revocations)
  return {
    credentials,
    challenges,
    tokenVerifier,
    revocations,
    routingIds: new RoutingIds(key.routingSecret),
  }
}

/** What clients and devices meet first. */
function assembleFront(
  { config, clock, logger }: RelayOptions,
  own: OwnState,
  core: ReturnType<typeof assembleCore>,
) {
  const { cluster, routingIds, challenges, ofDevices, directory, pairing, proxy, hops } = core
  const { authFailures, metrics, audit, tokenVerifier } = core
  const router =
    cluster && new ReplicaRouter({ config, clock, logger, routingIds, directory, cluster, ...hops, proxy })
  const maxMessageBytes = webSocketMessageBytesFor(config)
  const callers = new CallerCheck(config)
  const tunnelUpgrade = new TunnelUpgrade({
    config,
    tokenVerifier,
    directory,
    logger,
    audit,
    authFailures,
    callers,
    maxMessageBytes,
  })
  const ownRoutes = new OwnRoutes({
    config,
    clock,
    directory,
    pairing,
    routingIds,
    challenges,
    metrics,
    audit,
    proxy,
    callers,
    deepHealth: new DeepHealth({
      clock,
      directory,
      accepts: (tunnel, principal) => proxy.standingOf(tunnel, principal).accepts,
    }),
    devices: new DeviceAdmin({ config, clock, ...ofDevices }),
    publicUrl: () => own.url,
    readiness: () => (own.isReady ? (cluster?.isJoined === false ? 'degraded' : 'ready') : 'draining'),
    others: router,
  })
  const server: RelayServer = new RelayServer({
    config,
    clock,
    logger,
    metrics,
    proxy: router ?? proxy,
    ownRoutes,
    tunnelUpgrade,
    couldAccept: (token) => tokenVerifier.couldAccept(token),
    publicUrl: () => own.url,
  })
  const replicas = cluster && router && new Replicas({ config, logger, cluster, router, ...hops, server })
  return { server, tunnelUpgrade, replicas }
}

function hasUpstream(tunnels: readonly Tunnel[]): boolean {
  const here = tunnels.filter(({ isHere }) => isHere)
  return here.length === 0 || here.some(({ announcement }) => announcement.upstreamKind !== 'none')
}

function issuersOf(config: RelayConfig, clock: Clock): OidcIssuer[] {
  const { oidcAudiences: audiences, oidcRequiredScope: requiredScope } = config
  return config.oidcIssuers.map((issuer) => new OidcIssuer({ issuer, audiences, requiredScope, clock }))
}

/** Resolves once every client has its whole answer and, where there is somewhere to go, every device has gone. Or the time is up. */
async function drained(
  { server, directory, replicas }: Draining,
  clock: Clock,
  drainMs: number,
): Promise<void> {
  const startedAt = clock.monotonic()
  const isMoving = () => replicas !== undefined && directory.all.some(({ isAttached }) => isAttached)
  for (let ms = 0; ms < drainMs; ms = clock.monotonic() - startedAt) {
    if (server.activeRequests === 0 && (ms >= HANDOVER_MS || !isMoving())) return
    await pause(clock, DRAIN_POLL_MS)
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}

function memoryLimitsFor(config: RelayConfig): BodyMemoryLimits {
  return { maxOwnerBytes: config.maxBodyMemoryBytesPerOwner, maxTotalBytes: config.maxBodyMemoryBytes }
}

function windowMemoryLimitsFor(config: RelayConfig): BodyMemoryLimits {
  return { maxOwnerBytes: config.maxWindowMemoryBytesPerOwner, maxTotalBytes: config.maxWindowMemoryBytes }
}

function tunnelLimitsFor(config: RelayConfig): TunnelLimits {
  return {
    ...DEFAULT_LIMITS,
    maxFrameBytes: config.maxFrameBytes,
    pingIntervalMs: config.pingIntervalMs,
    pongTimeoutMs: config.pongTimeoutMs,
    maxMissedPongs: config.maxMissedPongs,
    graceMs: config.graceMs,
  }
}

/** A host as it stands in a URL; "everywhere" is reached on this machine. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
