import { setImmediate } from 'node:timers/promises'
import type { OwnerId } from '../shared/brands.ts'
import type { HttpFront } from '../front/http-front.ts'
import { TlsFiles } from '../front/tls-files.ts'
import { pause, type Clock } from '../shared/clock.ts'
import type { Logger } from '../shared/logger.ts'
import { AutomaticTls } from './acme/automatic-tls.ts'
import type { CertificateEvent } from './acme/managed-certificate.ts'
import { IF_PORT_TAKEN } from './acme/plain-http.ts'
import { RevocationFile } from './auth/revocation-file.ts'
import { Revocations } from './auth/revocations.ts'
import { loadSigningKey, type SigningKey } from './auth/signing-key.ts'
import { connectRedis, type RedisConnections, warnOfOpenRedis } from './cluster/redis.ts'
import { RedisRevocations } from './cluster/redis-revocations.ts'
import type { Replicas } from './cluster/replicas.ts'
import { assembleRelay } from './composition.ts'
import type { RelayConfig } from './config.ts'
import type { RelayMetrics } from './observe/metrics.ts'
import type { TunnelDirectory } from './tunnels/directory.ts'

export interface RelayOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly logger: Logger
  /** Separate destination of the audit log. */
  readonly auditLogger?: Logger
  /** A new pairing code, because the previous one was used or has expired. */
  readonly onPairingCode: (code: string, ownerId: string) => void
  /** Progress of the certificate, with a domain. */
  readonly onCertificate?: (event: CertificateEvent) => void
  /** For tests: replaces the key in the data directory. */
  readonly signingKey?: SigningKey
}

/** A listening relay. */
export interface Relay {
  /** The URL for clients. */
  readonly url: string
  readonly port: number
  /**
   * Resolves once clients can connect: immediately, or with a domain when there is a certificate. Rejects with
   * CONFIG_INVALID if no certificate can be obtained for it.
   */
  readonly ready: Promise<void>
  readonly metrics: RelayMetrics
  readonly tunnels: TunnelDirectory
  /** Creates a one-time code that registers a device with this owner. Voids the owner's previous code. */
  mintPairingCode(ownerId: string): string
  /** Whether a device credential is valid here. */
  recognises(credential: string): Promise<boolean>
  /**
   * Tells bridges to reconnect elsewhere, refuses new requests, lets running ones finish for the drain time, then
   * closes everything.
   */
  close(): Promise<void>
}

const DRAIN_POLL_MS = 50
/** Time for devices without requests to disconnect. */
const HANDOVER_MS = 5_000

interface Draining {
  readonly front: HttpFront
  readonly directory: TunnelDirectory
  readonly replicas: Replicas | undefined
}

/** Composes and starts a relay. @throws AppError PORT_IN_USE, CONFIG_INVALID */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { config, clock, logger } = options
  const key = options.signingKey ?? (await loadSigningKey(config.dataDir, config.relayKey))
  const own = { url: '', isReady: true, isServing: true }
  // Before Redis, whose connections would keep a process alive that cannot start.
  const automaticTls = await openAutomaticTls(options)
  const tls = automaticTls?.certificate ?? tlsFilesFor(options)
  const redis = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl, clock, logger)
  if (config.redisUrl !== undefined) warnOfOpenRedis(config.redisUrl, logger)
  const revocations = await openRevocations(options, key, redis)
  const { auditLogger = logger } = options
  const parts = assembleRelay({ ...options, auditLogger, key, own, redis, revocations, tls })
  const { front, tunnelUpgrade, jobFront, replicas, directory, pairing, tokenVerifier, metrics, audit } =
    parts
  const port = await start(front, replicas, automaticTls)
  own.url =
    config.publicUrl ??
    `${config.tlsCertFile === undefined ? 'http' : 'https'}://${urlHost(config.host)}:${port}`
  logger.info({ url: own.url, port }, 'relay listening')
  return {
    url: own.url,
    port,
    ready: automaticTls?.certificate.ready ?? Promise.resolve(),
    metrics,
    tunnels: directory,
    mintPairingCode: (ownerId) => pairing.mint(ownerId as OwnerId),
    recognises: (credential) =>
      tokenVerifier.verify(credential).then(
        () => true,
        () => false,
      ),
    async close() {
      own.isReady = false
      tunnelUpgrade.close()
      jobFront.close()
      front.drain()
      if (config.drainDelayMs > 0) await pause(clock, config.drainDelayMs)
      // With other relays, new requests are passed on to the device's new relay.
      own.isServing = replicas !== undefined
      directory.drain()
      replicas?.sentAway(directory.all)
      await drained({ front, directory, replicas }, clock, config.drainMs)
      // Leaving the cluster takes time, and a request that arrives meanwhile would be cut off.
      own.isServing = false
      pairing.close()
      directory.close()
      audit.close()
      await replicas?.close()
      // Errors that end running responses are sent in the next turn.
      await setImmediate()
      front.destroy()
      automaticTls?.close()
    },
  }
}

async function openAutomaticTls(options: RelayOptions): Promise<AutomaticTls | undefined> {
  const { config, onCertificate: onEvent = () => {} } = options
  const { domain, publicUrl } = config
  if (domain === undefined || publicUrl === undefined) return undefined
  return AutomaticTls.open({ ...options, domain, publicUrl, random: Math.random, onEvent })
}

/** @throws AppError CONFIG_INVALID */
function tlsFilesFor({ config, clock, logger }: RelayOptions): TlsFiles | undefined {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = config
  if (certFile === undefined || keyFile === undefined) return undefined
  return new TlsFiles({ certFile, keyFile, clock, logger })
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

/** @returns the public port. On failure nothing is left that would keep the process alive. */
async function start(
  front: HttpFront,
  replicas: Replicas | undefined,
  automaticTls: AutomaticTls | undefined,
): Promise<number> {
  try {
    await replicas?.start()
    if (automaticTls === undefined) return await front.listen()
    const port = await front.listen(IF_PORT_TAKEN)
    await automaticTls.start()
    return port
  } catch (cause) {
    await replicas?.close()
    front.destroy()
    automaticTls?.close()
    throw cause
  }
}

/** Resolves once all responses are complete and, with other relays, all devices have moved, or after the timeout. */
async function drained(
  { front, directory, replicas }: Draining,
  clock: Clock,
  drainMs: number,
): Promise<void> {
  const startedAt = clock.monotonic()
  const isMoving = () => replicas !== undefined && directory.all.some(({ isAttached }) => isAttached)
  for (let ms = 0; ms < drainMs; ms = clock.monotonic() - startedAt) {
    if (front.activeRequests === 0 && (ms >= HANDOVER_MS || !isMoving())) return
    await pause(clock, DRAIN_POLL_MS)
  }
}

/** A host in URL form; a wildcard address is replaced by loopback. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
