import envPaths from 'env-paths'
import { z } from 'zod'
import { LOG_LEVELS } from '../shared/logger.ts'
import { isPersonId, PERSON_PREFIX } from './owner-id.ts'
import { duration, integer, list, optionalDuration, setting, text, toggle } from './setting.ts'
import {
  isContact,
  isIssuer,
  isOneOrigin,
  isOrigin,
  isRedisUrl,
  toBlockList,
  toPublicUrl,
  toTlsUrl,
} from './setting-values.ts'

/** Identity providers that are configured by domain. */
const ISSUERS_BY_DOMAIN = {
  SUPABASE_AUTH_DOMAIN: (domain: string) => `https://${domain}/auth/v1`,
  AUTH0_DOMAIN: (domain: string) => `https://${domain}/`,
}

/** The project's policy, in the repository of package.json. */
export const SECURITY_POLICY = 'https://github.com/CloudToLocalLLM-online/CloudToLocalLLM/security/policy'

export const MINUTE_MS = 60_000
export const PER_MINUTE = 'RATE_LIMIT_REQUESTS_PER_MINUTE'

/** Sets of settings selected by `PRESET`. They override defaults only. */
export const PRESETS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  hosted: { maxRequests: 100, maxConcurrentStreams: 3 },
}

export const RelayConfigSchema = z.object({
  preset: setting(z.enum(['hosted']).optional(), {
    env: ['PRESET'],
    allowed: 'hosted',
    description: 'hosted: an owner gets 100 requests a minute and 3 at once',
  }),
  host: setting(text.default('127.0.0.1'), {
    env: ['HOST'],
    allowed: 'a host name or an address',
    description: 'address to listen at',
  }),
  port: integer('PORT', 3001, 'port for HTTP and WebSocket, 0 = any', {
    min: 0,
    max: 65_535,
    aliases: ['WEBSOCKET_PORT', 'API_PORT'],
  }),
  /** Without a trailing slash. */
  publicUrl: setting(text.transform(toPublicUrl).optional(), {
    env: ['PUBLIC_URL'],
    allowed: 'an http(s) URL without credentials, query or fragment',
    description: 'what clients and bridges use, where a reverse proxy stands in front',
  }),
  dataDir: setting(
    text.default(() => envPaths('cloudtolocalllm', { suffix: '' }).data),
    {
      env: ['CLOUDTOLOCALLLM_DATA_DIR'],
      allowed: 'a directory',
      description: 'where the signing key is kept',
    },
  ),
  logLevel: setting(text.toLowerCase().pipe(z.enum(LOG_LEVELS)).default('warn'), {
    env: ['LOG_LEVEL'],
    allowed: `one of ${LOG_LEVELS.join(', ')}`,
    description: 'how much is logged on stderr',
  }),
  tlsCertFile: setting(text.optional(), {
    env: ['TLS_CERT_FILE'],
    allowed: 'a PEM file',
    description: 'certificate chain: with it the relay speaks TLS itself, and HTTP/2',
  }),
  tlsKeyFile: setting(text.optional(), {
    env: ['TLS_KEY_FILE'],
    allowed: 'a PEM file',
    description: 'private key of that certificate',
  }),
  owner: setting(
    text
      .max(200)
      .refine((name) => !isPersonId(name))
      .default('owner'),
    {
      env: ['RELAY_OWNER'],
      allowed: `a name of at most 200 characters that does not begin with ${PERSON_PREFIX}`,
      description: 'whom a pairing code makes a device belong to',
    },
  ),
  pairingEnabled: toggle('PAIRING_ENABLED', true, "whether one-time codes make devices somebody's"),
  oidcIssuers: setting(list.pipe(z.array(text.refine(isIssuer))).default([]), {
    env: ['OIDC_ISSUER', 'SUPABASE_AUTH_ISSUER', ...Object.keys(ISSUERS_BY_DOMAIN)],
    allowed: 'a comma-separated list of https URLs, with http on this machine alone',
    description: 'whose access tokens are accepted; desktops sign in at the first',
    spellOut: ISSUERS_BY_DOMAIN,
  }),
  oidcAudiences: setting(list.default([]), {
    env: ['OIDC_AUDIENCE', 'SUPABASE_AUTH_AUDIENCE', 'AUTH0_AUDIENCE'],
    allowed: 'a comma-separated list of audiences',
    description: 'whom access tokens must be meant for: one of these',
  }),
  oidcClientId: setting(text.optional(), {
    env: ['OIDC_CLIENT_ID'],
    allowed: 'a client id',
    description: 'the public client that desktops sign in as; without one they cannot',
  }),
  oidcScopes: setting(text.default('openid offline_access'), {
    env: ['OIDC_SCOPES'],
    allowed: 'a list of scopes with spaces in between',
    description: 'what desktops ask for',
  }),
  oidcRequiredScope: setting(text.regex(/^\S+$/).optional(), {
    env: ['OIDC_REQUIRED_SCOPE'],
    allowed: 'one scope',
    description: 'a scope without which a token is refused',
  }),
  maxConcurrentStreams: integer('RATE_LIMIT_MAX_CONCURRENT', 256, 'requests at once, of one owner'),
  maxQueued: integer('QUEUE_LENGTH', 32, 'requests of one owner that wait when these are reached', {
    min: 0,
  }),
  queueWaitMs: duration('QUEUE_TIMEOUT', 10_000, 'how long each waits at most'),
  maxRequests: integer(
    'TUNNEL_RATE_LIMIT_MAX_REQUESTS',
    0,
    'requests in a window, of one owner; 0 = no limit',
    {
      min: 0,
      aliases: [PER_MINUTE, 'RATE_LIMIT_MAX'],
    },
  ),
  maxRequestsPerKey: integer('RATE_LIMIT_PER_KEY', 0, 'the same, of one key', { min: 0 }),
  maxRequestsPerAddress: integer('RATE_LIMIT_PER_ADDRESS', 0, "the same, of one client's address", {
    min: 0,
  }),
  rateWindowMs: duration('TUNNEL_RATE_LIMIT_WINDOW', MINUTE_MS, 'how long that window is', {
    min: 1_000,
    aliases: ['RATE_LIMIT_WINDOW'],
  }),
  maxAuthFailures: integer(
    'AUTH_FAILURES_PER_MINUTE',
    60,
    'wrong keys and tokens, of one address; 0 = no limit',
    { min: 0 },
  ),
  breakerFailures: integer(
    'BREAKER_FAILURES',
    5,
    'failures of a model server in a row that stop requests to it',
  ),
  breakerPauseMs: duration('BREAKER_PAUSE', 10_000, 'until one request may try it again', { min: 1_000 }),
  /** For any request body except blobs. */
  maxBodyBytes: integer('MAX_BODY_BYTES', 512 * 1024 * 1024, 'largest request body; blobs have no limit'),
  maxBodyMemoryBytes: integer(
    'MAX_BODY_MEMORY',
    64 * 1024 * 1024,
    'memory for what is held of bodies: of requests whose device is to be found by their model, and of late errors',
  ),
  maxBodyMemoryBytesPerOwner: integer(
    'MAX_BODY_MEMORY_PER_OWNER',
    16 * 1024 * 1024,
    'the same, of one owner',
  ),
  maxWindowMemoryBytes: integer(
    'MAX_WINDOW_MEMORY',
    128 * 1024 * 1024,
    'memory for answers on their way to slow clients, besides 256 KiB of each; beyond it answers only slow down',
  ),
  maxWindowMemoryBytesPerOwner: integer(
    'MAX_WINDOW_MEMORY_PER_OWNER',
    32 * 1024 * 1024,
    'the same, of one owner',
  ),
  maxHeaderBytes: integer('MAX_HEADER_BYTES', 32 * 1024, 'largest request line and header fields together', {
    min: 1024,
  }),
  headersTimeoutMs: duration('HEADERS_TIMEOUT', 10_000, 'for all header fields of a request to arrive'),
  requestTimeoutMs: optionalDuration(
    'TUNNEL_REQUEST_TIMEOUT',
    'sets ACK_TIMEOUT, and how long an answer that has begun may stand still; never the wait for its first byte',
  ),
  ackTimeoutMs: duration('ACK_TIMEOUT', 10_000, 'for the bridge to take a request on'),
  idleTimeoutMs: duration('IDLE_TIMEOUT', 3_600_000, 'without a byte in either direction'),
  pingIntervalMs: duration('PING_INTERVAL', 30_000, 'between questions for a sign of life on a tunnel', {
    aliases: ['TUNNEL_PING_INTERVAL'],
  }),
  pongTimeoutMs: duration('PONG_TIMEOUT', 5000, 'for anything at all to arrive after one'),
  maxMissedPongs: integer('MAX_MISSED_PONGS', 3, 'questions without an answer that end a connection'),
  webSocketPath: setting(text.regex(/^\/[\w./~-]*$/).default('/ws/tunnel'), {
    env: ['WEBSOCKET_PATH', 'TUNNEL_WEBSOCKET_PATH'],
    allowed: 'a path such as /ws/tunnel',
    description: 'a path for tunnels, besides /ws/tunnel and /ws',
  }),
  /** A 64 KiB slice and its frame header must fit. */
  maxFrameBytes: integer('MAX_FRAME_SIZE', 1_048_576, 'largest frame of a tunnel', { min: 128 * 1024 }),
  frameWarnBytes: integer('FRAME_WARN_THRESHOLD', 524_288, 'WebSocket messages above are logged, once each'),
  compressionEnabled: toggle('COMPRESSION_ENABLED', false, 'permessage-deflate on tunnels'),
  compressionLevel: integer('COMPRESSION_LEVEL', 3, 'how hard it tries', { min: 0, max: 9 }),
  compressionThresholdBytes: integer('COMPRESSION_THRESHOLD', 1024, 'messages below are left as they are', {
    min: 0,
  }),
  closeTimeoutMs: duration('CLOSE_TIMEOUT', 5000, "for a bridge to answer a WebSocket's goodbye"),
  graceMs: duration('SESSION_GRACE', 120_000, 'how long a tunnel without a connection keeps its requests'),
  drainMs: duration('DRAIN_TIMEOUT', 600_000, 'how long a stopping relay lets requests finish', { min: 0 }),
  drainDelayMs: duration('DRAIN_DELAY', 0, 'how long a stopping relay only says that it is not ready', {
    min: 0,
  }),
  redisUrl: setting(text.refine(isRedisUrl).optional(), {
    env: ['REDIS_URL'],
    allowed: 'a redis:// or rediss:// URL',
    description: 'Redis that several relays share: with it they act as one',
    isSecret: true,
  }),
  relayKey: setting(text.optional(), {
    env: ['RELAY_KEY'],
    allowed: 'what a relay-key.json holds',
    description: 'the signing key itself, instead of the file in the data directory',
    isSecret: true,
  }),
  internalHost: setting(text.optional(), {
    env: ['INTERNAL_HOST'],
    allowed: 'a host name or an address',
    description: 'address to listen at for other relays of the same Redis',
    shownDefault: 'this machine alone, 127.0.0.1',
  }),
  internalPort: integer('INTERNAL_PORT', 0, 'port for other relays of the same Redis, 0 = any', {
    min: 0,
    max: 65_535,
  }),
  /** Without a trailing slash. */
  internalUrl: setting(text.transform(toPublicUrl).transform(toTlsUrl).optional(), {
    env: ['INTERNAL_URL'],
    allowed: 'an https URL without credentials, query or fragment',
    description: 'how other relays of the same Redis reach this one, where that differs',
  }),
  maxConnections: integer('MAX_TOTAL_CONNECTIONS', 20_000, 'sockets of clients and bridges together'),
  maxConnectionsPerAddress: integer(
    'MAX_CONNECTIONS_PER_ADDRESS',
    1000,
    'sockets of one address; trusted proxies may have more',
  ),
  maxTunnels: integer('MAX_TUNNELS', 15_000, 'tunnels of all owners'),
  maxTunnelsPerOwner: integer('TUNNEL_MAX_CONNECTIONS_PER_USER', 5, 'tunnels of one owner', {
    aliases: ['MAX_CONNECTIONS_PER_USER'],
  }),
  maxStreams: integer('MAX_STREAMS', 10_000, 'requests at once, of all owners'),
  corsOrigins: setting(list.pipe(z.array(text.refine(isOrigin))).default(['*']), {
    env: ['CORS_ORIGINS'],
    allowed: '* or a comma-separated list of origins such as https://chat.example',
    description: 'origins whose pages may read answers, * = any',
  }),
  operatorToken: setting(text.min(16).optional(), {
    env: ['OPERATOR_TOKEN'],
    allowed: 'a token of at least 16 characters',
    description: 'opens /metrics to who sends it as a bearer token',
    isSecret: true,
  }),
  metricsOnLoopback: toggle('METRICS_ON_LOOPBACK', false, 'opens /metrics to this machine without a token'),
  auditLog: setting(text.optional(), {
    env: ['AUDIT_LOG'],
    allowed: '"stderr" or a file',
    description: 'a place of its own for the audit: stderr, or a file',
  }),
  securityContact: setting(text.refine(isContact).default(SECURITY_POLICY), {
    env: ['SECURITY_CONTACT'],
    allowed: 'an https or mailto URI',
    description: 'whom /.well-known/security.txt names for reports of vulnerabilities',
  }),
  trustedProxies: setting(
    list.transform(toBlockList).default(() => toBlockList([])),
    {
      env: ['TRUSTED_PROXIES'],
      allowed: 'none, or a comma-separated list of "loopback", addresses and CIDR ranges',
      description: 'peers whose X-Forwarded-For is believed',
      shownDefault: 'none',
    },
  ),
  trustedHosts: setting(list.pipe(z.array(text.regex(/^[\w.-]+$/))).default([]), {
    env: ['TRUSTED_HOSTS'],
    allowed: 'a comma-separated list of host names without ports',
    description: 'names besides that of PUBLIC_URL by which pairing and /metrics may be asked',
  }),
  trustedOrigins: setting(list.pipe(z.array(text.refine(isOneOrigin))).default([]), {
    env: ['TRUSTED_ORIGINS'],
    allowed: 'a comma-separated list of origins such as https://console.example',
    description: 'origins besides our own whose pages may pair devices and open tunnels',
  }),
})
