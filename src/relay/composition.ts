import type { OwnerId } from '../shared/brands.ts'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { HttpFront } from '../front/http-front.ts'
import { PageFiles } from '../front/page-files.ts'
import type { TlsPair, TlsSource } from '../front/tls-source.ts'
import { BodyMemory, type BodyMemoryLimits } from '../shared/body-memory.ts'
import type { Clock } from '../shared/clock.ts'
import type { RawHeaders } from '../shared/headers.ts'
import type { Logger } from '../shared/logger.ts'
import { DEFAULT_LIMITS, type TunnelLimits, webSocketMessageBytesFor } from '../tunnel/limits.ts'
import { Authenticator } from './auth/authenticator.ts'
import { Challenges } from './auth/challenges.ts'
import { MemoryCodeStore } from './auth/code-store.ts'
import { Credentials } from './auth/credential.ts'
import { OidcIssuer } from './auth/oidc-issuer.ts'
import { PairingService } from './auth/pairing.ts'
import type { Revocations } from './auth/revocations.ts'
import { RoutingIds } from './auth/routing-id.ts'
import type { SigningKey } from './auth/signing-key.ts'
import { TokenVerifier } from './auth/token-verifier.ts'
import { Cluster } from './cluster/cluster.ts'
import { HopPasses } from './cluster/hop-pass.ts'
import type { RedisConnections } from './cluster/redis.ts'
import { RedisCodeStore } from './cluster/redis-code-store.ts'
import { ReplicaClient } from './cluster/replica-client.ts'
import { Replicas } from './cluster/replicas.ts'
import { Seals } from './cluster/seal.ts'
import type { RelayConfig } from './config.ts'
import { CallerCheck } from './http/caller-check.ts'
import { DeepHealth } from './http/deep-health.ts'
import { DeviceAdmin } from './http/device-admin.ts'
import { DeviceForwarder } from './http/device-forwarder.ts'
import { OwnRoutes } from './http/own-routes.ts'
import { OwnerRoutes } from './http/owner-routes.ts'
import { Proxy } from './http/proxy.ts'
import { TunnelUpgrade } from './http/tunnel-upgrade.ts'
import { assembleJobFront, assembleJobHub } from './job-composition.ts'
import { type JobFront, upgradePathOf } from './jobs/job-front.ts'
import { JobAudit } from './jobs/job-audit.ts'
import type { JobHub } from './jobs/job-hub.ts'
import { StatusAnswers } from './jobs/status-answers.ts'
import { AuthFailures } from './limits/auth-failures.ts'
import { Breakers } from './limits/breaker.ts'
import { PairingLimits } from './limits/pairing-limits.ts'
import { RequestLimits } from './limits/request-limits.ts'
import { limiterFactory } from './limits/sliding-window.ts'
import { Audit } from './observe/audit.ts'
import { FrontTelemetry } from './observe/front-telemetry.ts'
import { type JobFigures, RelayMetrics } from './observe/metrics.ts'
import { TunnelTelemetry } from './observe/tunnel-telemetry.ts'
import { opens } from './routing/device-access.ts'
import { DeviceLedger } from './tunnels/device-ledger.ts'
import { TunnelDirectory } from './tunnels/directory.ts'
import { combineObservers } from './tunnels/observers.ts'
import type { Tunnel } from './tunnels/tunnel.ts'

/** Built by `scripts/build.mjs`, for the sources as for the compiled program. */
const PAGE_FOLDER = join(import.meta.dirname, '../../dist/web')

/** The inputs of a relay's components. */
export interface RelayFoundation {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly auditLogger: Logger
  readonly key: SigningKey
  readonly redis: RedisConnections | undefined
  readonly revocations: Revocations
  readonly tls: TlsSource | undefined
  readonly onPairingCode: (code: string, ownerId: OwnerId) => void
  /** Facts known only once the relay listens. */
  readonly own: OwnState
}

export interface OwnState {
  readonly url: string
  readonly isReady: boolean
  readonly isServing: boolean
}

/** The components with a lifecycle. */
export interface RelayParts {
  readonly front: HttpFront
  readonly tunnelUpgrade: TunnelUpgrade
  readonly jobFront: JobFront
  readonly directory: TunnelDirectory
  readonly pairing: PairingService
  readonly tokenVerifier: TokenVerifier
  readonly metrics: RelayMetrics
  readonly audit: Audit
  /** Only with a shared Redis. */
  readonly replicas: Replicas | undefined
}

/** For a year, without subdomains: they may belong to other servers. */
const HSTS: RawHeaders = ['strict-transport-security', 'max-age=31536000']

/** Composes a relay. */
export function assembleRelay(foundation: RelayFoundation): RelayParts {
  const auth = assembleAuth(foundation)
  const limits = assembleLimits(foundation)
  const { key, clock, logger } = foundation
  const seals = new Seals(key.sharedStateSecret, clock, logger)
  const jobs = assembleJobHub(foundation, seals, (...request) => parts.front.handleInternal(...request))
  const watching = { hub: jobs.hub, figures: () => parts.jobFront.figures }
  const tunnels = assembleTunnels(foundation, { ...auth, seals }, limits, watching)
  const pairing = assemblePairing(foundation, auth, limits, seals)
  const requests = assembleRequests(foundation, { ...auth, ...jobs }, limits, tunnels)
  const core = { ...auth, ...limits, ...jobs, ...tunnels, ...requests, pairing }
  const parts: RelayParts = { pairing, ...auth, ...tunnels, ...assembleFront(foundation, core) }
  return parts
}

/** Those who watch jobs, as tunnels and metrics see them. */
interface JobWatching {
  readonly hub: Pick<JobHub, 'wake'>
  readonly figures: () => JobFigures
}

/** Components that verify credentials. */
function assembleAuth({ config, clock, key, revocations }: RelayFoundation) {
  const credentials = new Credentials(key, clock)
  const challenges = new Challenges(key.challengeSecret, clock)
  const { oidcAudiences: audiences, oidcRequiredScope: requiredScope } = config
  const issuers = config.oidcIssuers.map(
    (issuer) => new OidcIssuer({ issuer, audiences, requiredScope, clock }),
  )
  const tokenVerifier = new TokenVerifier(credentials, issuers, challenges, revocations)
  return { credentials, challenges, tokenVerifier, routingIds: new RoutingIds(key.routingSecret) }
}

function assembleLimits({ config, clock, key, redis }: RelayFoundation) {
  const shared = redis && { createCounters: redis.createCounters, secret: key.sharedStateSecret }
  const createLimiter = limiterFactory(clock, shared)
  return {
    createLimiter,
    authFailures: new AuthFailures(config.maxAuthFailures, createLimiter),
    requestLimits: new RequestLimits({ config, clock, createLimiter }),
    breakers: new Breakers({ clock, failures: config.breakerFailures, pauseMs: config.breakerPauseMs }),
  }
}

/** The tunnels and their observers. */
function assembleTunnels(
  foundation: RelayFoundation,
  auth: ReturnType<typeof assembleAuth> & { readonly seals: Seals },
  { requestLimits, breakers }: ReturnType<typeof assembleLimits>,
  watching: JobWatching,
) {
  const { config, clock, logger, auditLogger, key, redis, revocations, tls, own } = foundation
  const metrics: RelayMetrics = new RelayMetrics({
    clock,
    tunnelCount: () => directory.all.length,
    hasUpstream: () => hasUpstream(directory.all),
    waitingCount: () => requestLimits.waitingCount,
    openBreakerCount: () => directory.all.filter((tunnel) => breakers.isOpen(tunnel)).length,
    certificateExpiryS: () => expirySOf(tls?.pair),
    jobFigures: watching.figures,
  })
  const audit = new Audit(auditLogger, clock)
  const maxDevices = config.maxTunnelsPerOwner
  const base = { ...auth, clock, logger, maxDevices }
  const cluster = redis && new Cluster({ ...base, redis, keyId: key.keyId, directory: () => directory })
  const ledger = new DeviceLedger(clock)
  const wake = ({ credential }: Tunnel) => watching.hub.wake(auth.routingIds.routingIdFor(credential.ownerId))
  const waking = { connected: wake, resumed: wake, replaced() {}, ended() {} }
  const directory: TunnelDirectory = new TunnelDirectory({
    ...base,
    revocations,
    limits: tunnelLimitsFor(config),
    windowMemory: new BodyMemory(windowMemoryLimitsFor(config)),
    maxTunnels: config.maxTunnels,
    publicUrl: () => own.url,
    observer: combineObservers(
      new TunnelTelemetry(metrics, audit),
      ledger,
      waking,
      ...(cluster ? [cluster] : []),
    ),
  })
  revocations.onRevoked((revoked) => directory.endRevoked(revoked))
  return { directory, ledger, metrics, audit, cluster }
}

function assemblePairing(
  { clock, key, redis, onPairingCode }: RelayFoundation,
  { credentials, routingIds }: ReturnType<typeof assembleAuth>,
  { createLimiter }: ReturnType<typeof assembleLimits>,
  seals: Seals,
): PairingService {
  return new PairingService({
    credentials,
    routingIds,
    clock,
    limits: new PairingLimits(createLimiter, limiterFactory(clock)),
    store: redis === undefined ? new MemoryCodeStore() : new RedisCodeStore({ redis, seals, clock }),
    codeSecret: key.codeSecret,
    onCode: onPairingCode,
  })
}

/** Components between a request and its device, here or at another relay. */
function assembleRequests(
  { config, clock, logger, key, own }: RelayFoundation,
  auth: ReturnType<typeof assembleAuth> & ReturnType<typeof assembleJobHub>,
  { authFailures, requestLimits, breakers }: ReturnType<typeof assembleLimits>,
  { directory, metrics, audit, cluster }: ReturnType<typeof assembleTunnels>,
) {
  const base = { ...auth, clock, logger, directory }
  const { hopTlsSecret } = key
  const { idleTimeoutMs, maxBodyBytes } = config
  const passes = new HopPasses(key.hopSecret, clock)
  const remote = cluster && new ReplicaClient({ ...base, cluster, passes, hopTlsSecret, idleTimeoutMs })
  const authenticator = new Authenticator({ ...base, authFailures })
  const { maxMessageBytes } = tunnelLimitsFor(config)
  const statusAnswers = new StatusAnswers({ ...base, authenticator, metrics, cache: auth.statusCache })
  const jobAudit = new JobAudit({ audit, metrics, ownerAt: (routingId) => directory.ownerAt(routingId) })
  const proxy = new Proxy({
    ...base,
    authenticator,
    limits: requestLimits,
    breakers,
    forwarder: new DeviceForwarder({
      ...base,
      config,
      breakers,
      metrics,
      maxMessageBytes,
      watchAnswer: (context, client, deviceId, writer) =>
        statusAnswers.watch(context, client, jobAudit.watch(context, client, deviceId, writer)),
    }),
    bodyMemory: new BodyMemory(memoryLimitsFor(config)),
    maxBodyBytes,
    remote,
    isReady: () => own.isServing,
  })
  return { authenticator, proxy, remote, passes, statusAnswers, jobAudit }
}

type Core = ReturnType<typeof assembleAuth> &
  ReturnType<typeof assembleJobHub> &
  ReturnType<typeof assembleLimits> &
  ReturnType<typeof assembleTunnels> &
  ReturnType<typeof assembleRequests> & { readonly pairing: PairingService }

/** The public HTTP side. */
function assembleFront(
  { config, clock, logger, key, revocations, tls, own }: RelayFoundation,
  core: Core,
): Pick<RelayParts, 'front' | 'tunnelUpgrade' | 'jobFront' | 'replicas'> {
  const { cluster, remote, directory, metrics, audit, proxy, statusAnswers, tokenVerifier, passes } = core
  const callers = new CallerCheck(config)
  const publicUrl = () => own.url
  const tunnelUpgrade = new TunnelUpgrade({
    ...core,
    config,
    logger,
    callers,
    maxMessageBytes: webSocketMessageBytesFor(config),
  })
  const devices = new DeviceAdmin({ ...core, config, clock, revocations })
  const deepHealth = new DeepHealth({ clock, directory, accepts: (tunnel, who) => opens(who, tunnel) })
  const ownRoutes = new OwnRoutes({
    ...core,
    config,
    clock,
    callers,
    devices,
    owners: new OwnerRoutes({ ...core, devices, deepHealth }),
    page: config.chatPage ? new PageFiles(PAGE_FOLDER) : undefined,
    publicUrl,
    readiness: () => (own.isReady ? (cluster?.isJoined === false ? 'degraded' : 'ready') : 'draining'),
  })
  const couldAccept = (token: string) => tokenVerifier.couldAccept(token)
  const jobFront = assembleJobFront({ config, clock, logger }, core, couldAccept)
  const front = new HttpFront({
    config,
    clock,
    logger,
    tls,
    commonHeaders: config.domain === undefined ? [] : HSTS,
    observer: new FrontTelemetry(metrics, audit, logger),
    ports: {
      forward: (context) => statusAnswers.forward(context, () => proxy.forward(context)),
      answer: (context) => ownRoutes.answer(context),
      upgrade: (request, socket, head) => {
        const door = jobFront.isPath(upgradePathOf(request.request)) ? jobFront : tunnelUpgrade
        return door.upgrade(request, socket, head)
      },
      isUpgradePath: (path) => tunnelUpgrade.isPath(path) || jobFront.isPath(path),
      couldAccept,
      publicUrl,
    },
  })
  if (cluster === undefined || remote === undefined)
    return { front, tunnelUpgrade, jobFront, replicas: undefined }
  const { hopTlsSecret } = key
  const serve = front.handlePassed.bind(front)
  const replicas = new Replicas({ config, logger, cluster, client: remote, passes, hopTlsSecret, serve })
  return { front, tunnelUpgrade, jobFront, replicas }
}

function expirySOf(pair: TlsPair | undefined): number {
  return pair === undefined ? 0 : new X509Certificate(pair.cert).validToDate.getTime() / 1_000
}

function hasUpstream(tunnels: readonly Tunnel[]): boolean {
  const here = tunnels.filter(({ isHere }) => isHere)
  return here.length === 0 || here.some(({ announcement }) => announcement.upstreamKind !== 'none')
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
