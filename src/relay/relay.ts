import type { Clock } from '../shared/clock.ts'
import type { Logger } from '../shared/logger.ts'
import { DEFAULT_LIMITS, webSocketMessageBytesFor, type TunnelLimits } from '../tunnel/limits.ts'
import { Addresses } from './auth/address.ts'
import { Bearers } from './auth/bearers.ts'
import { Credentials } from './auth/credential.ts'
import { OidcIssuer } from './auth/oidc-issuer.ts'
import { PairingDesk } from './auth/pairing.ts'
import { loadSigningKey, type SigningKey } from './auth/signing-key.ts'
import type { RelayConfig } from './config.ts'
import { OwnRoutes } from './http/own-routes.ts'
import { Proxy } from './http/proxy.ts'
import { RelayServer } from './http/server.ts'
import { TunnelUpgrade } from './http/tunnel-upgrade.ts'
import { AuthFailures } from './limits/auth-failures.ts'
import { Breakers } from './limits/breaker.ts'
import { RequestLimits } from './limits/request-limits.ts'
import { limiterFactory } from './limits/sliding-window.ts'
import { Audit } from './observe/audit.ts'
import { RelayMetrics } from './observe/metrics.ts'
import { TunnelWitness } from './observe/tunnel-witness.ts'
import { TunnelDirectory } from './tunnels/directory.ts'

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

/** Puts a relay together and starts it. @throws AppError PORT_IN_USE, CONFIG_INVALID */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { config, clock, logger } = options
  const key = options.signingKey ?? (await loadSigningKey(config.dataDir))
  const own = { url: '', isReady: true }
  const { server, directory, pairing, credentials, metrics, tunnelUpgrade } = assemble(options, key, own)
  const port = await server.listen()
  own.url = config.publicUrl ?? `http://${urlHost(config.host)}:${port}`
  logger.info({ url: own.url, port }, 'relay listening')
  return {
    url: own.url,
    port,
    metrics,
    tunnels: directory,
    mintPairingCode: (ownerId) => pairing.mint(ownerId),
    recognises: (credential) =>
      credentials.verify(credential).then(
        () => true,
        () => false,
      ),
    async close() {
      own.isReady = false
      tunnelUpgrade.close()
      server.drain()
      directory.drain()
      await drained(server, clock, config.drainMs)
      pairing.close()
      directory.close()
      server.destroy()
    },
  }
}

/** What a relay knows of itself only once it listens. */
interface OwnState {
  readonly url: string
  readonly isReady: boolean
}

function assemble(
  { config, clock, logger, auditLogger, onPairingCode }: RelayOptions,
  key: SigningKey,
  own: OwnState,
) {
  const credentials = new Credentials(key, clock)
  const bearers = new Bearers(credentials, issuersOf(config, clock))
  const addresses = new Addresses(key.addressSecret)
  const createLimiter = limiterFactory(clock)
  const authFailures = new AuthFailures(config.maxAuthFailures, createLimiter)
  const breakers = new Breakers({ failures: config.breakerFailures, pauseMs: config.breakerPauseMs })
  const limits = tunnelLimitsFor(config)
  const publicUrl = () => own.url
  const isReady = () => own.isReady
  const metrics: RelayMetrics = new RelayMetrics({
    clock,
    tunnelCount: () => directory.all.length,
    openBreakerCount: () => directory.all.filter((tunnel) => breakers.isOpen(tunnel)).length,
  })
  const audit = new Audit(auditLogger ?? logger)
  const directory: TunnelDirectory = new TunnelDirectory({
    clock,
    limits,
    logger,
    addresses,
    credentials,
    bearers,
    maxDevices: config.maxTunnelsPerOwner,
    publicUrl,
    observer: new TunnelWitness(metrics, audit),
  })
  const pairing = new PairingDesk({ credentials, addresses, clock, onCode: onPairingCode })
  const proxy = new Proxy({
    config,
    clock,
    logger,
    directory,
    bearers,
    addresses,
    limits: new RequestLimits({ config, clock, createLimiter }),
    authFailures,
    breakers,
    metrics,
    audit,
    maxMessageBytes: limits.maxMessageBytes,
    isReady,
  })
  const maxMessageBytes = webSocketMessageBytesFor(config)
  const tunnelUpgrade = new TunnelUpgrade({
    config,
    bearers,
    directory,
    logger,
    audit,
    authFailures,
    maxMessageBytes,
  })
  const ownRoutes = new OwnRoutes({
    config,
    clock,
    directory,
    pairing,
    addresses,
    metrics,
    audit,
    proxy,
    publicUrl,
    isReady,
  })
  const server = new RelayServer({ config, clock, logger, metrics, proxy, ownRoutes, tunnelUpgrade })
  return { server, directory, pairing, credentials, metrics, tunnelUpgrade }
}

function issuersOf(config: RelayConfig, clock: Clock): OidcIssuer[] {
  const { oidcAudiences: audiences, oidcRequiredScope: requiredScope } = config
  return config.oidcIssuers.map((issuer) => new OidcIssuer({ issuer, audiences, requiredScope, clock }))
}

/** Resolves once every client has its whole answer, or the time is up. */
async function drained(server: RelayServer, clock: Clock, drainMs: number): Promise<void> {
  const until = clock.monotonic() + drainMs
  while (clock.monotonic() < until && server.activeRequests > 0)
    await new Promise<void>((resolve) => clock.after(DRAIN_POLL_MS, resolve))
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
