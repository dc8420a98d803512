import envPaths from 'env-paths'
import { z } from 'zod'
import { LOG_LEVELS } from '../shared/logger.ts'
import { JOB_SETTINGS } from './job-settings.ts'
import { isPersonId, PERSON_PREFIX } from './owner-id.ts'
import { duration, integer, list, optionalDuration, setting, text, toggle } from './setting.ts'
import {
  isContact,
  isHttpsUrl,
  isIssuer,
  isOneOrigin,
  isOrigin,
  isRedisUrl,
  toBlockList,
  toDomain,
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
    description: 'hosted: defaults of 100 requests a minute and 3 concurrent requests per owner',
  }),
  domain: setting(text.transform(toDomain).optional(), {
    env: ['DOMAIN'],
    allowed:
      'one host name such as relay.example.com, without scheme, port or wildcard, and not an IP address',
    description: 'get a certificate for this name by ACME and serve HTTPS on port 443',
  }),
  acmeEmail: setting(
    text
      .max(254)
      .regex(/^[^\s@,]+@[^\s@,]+$/)
      .optional(),
    {
      env: ['ACME_EMAIL'],
      allowed: 'an e-mail address',
      description: 'contact for the certificate authority, given when the account is created',
    },
  ),
  acmeDirectory: setting(text.refine(isHttpsUrl).default('https://acme-v02.api.letsencrypt.org/directory'), {
    env: ['ACME_DIRECTORY'],
    allowed: 'an https URL',
    description: 'ACME directory of the certificate authority',
  }),
  httpPort: integer(
    'HTTP_PORT',
    80,
    'port for HTTP with --domain (challenges and redirects), 0 for any free port',
    {
      min: 0,
      max: 65_535,
    },
  ),
  host: setting(text.default('127.0.0.1'), {
    env: ['HOST'],
    allowed: 'a host name or an address',
    description: 'listen address',
  }),
  port: integer('PORT', 3001, 'port for HTTP and WebSocket, 0 for any free port', {
    min: 0,
    max: 65_535,
    aliases: ['WEBSOCKET_PORT', 'API_PORT'],
  }),
  /** Without a trailing slash. */
  publicUrl: setting(text.transform(toPublicUrl).optional(), {
    env: ['PUBLIC_URL'],
    allowed: 'an http(s) URL without credentials, query or fragment',
    description: 'public URL for clients and bridges, if the relay is behind a reverse proxy',
  }),
  dataDir: setting(
    text.default(() => envPaths('cloudtolocalllm', { suffix: '' }).data),
    {
      env: ['CLOUDTOLOCALLLM_DATA_DIR'],
      allowed: 'a directory',
      description: 'directory of the signing key',
    },
  ),
  logLevel: setting(text.toLowerCase().pipe(z.enum(LOG_LEVELS)).default('warn'), {
    env: ['LOG_LEVEL'],
    allowed: `one of ${LOG_LEVELS.join(', ')}`,
    description: 'level of the log on stderr',
  }),
  tlsCertFile: setting(text.optional(), {
    env: ['TLS_CERT_FILE'],
    allowed: 'a PEM file',
    description: 'certificate chain: makes the relay serve TLS and HTTP/2 itself',
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
      description: 'owner of devices paired with a code',
    },
  ),
  pairingEnabled: toggle('PAIRING_ENABLED', true, 'allow pairing with one-time codes'),
  oidcIssuers: setting(list.pipe(z.array(text.refine(isIssuer))).default([]), {
    env: ['OIDC_ISSUER', 'SUPABASE_AUTH_ISSUER', ...Object.keys(ISSUERS_BY_DOMAIN)],
    allowed: 'a comma-separated list of https URLs; http only on this machine',
    description: 'issuers of accepted access tokens; desktops sign in at the first',
    spellOut: ISSUERS_BY_DOMAIN,
  }),
  oidcAudiences: setting(list.default([]), {
    env: ['OIDC_AUDIENCE', 'SUPABASE_AUTH_AUDIENCE', 'AUTH0_AUDIENCE'],
    allowed: 'a comma-separated list of audiences',
    description: 'accepted audiences of access tokens',
  }),
  oidcClientId: setting(text.optional(), {
    env: ['OIDC_CLIENT_ID'],
    allowed: 'a client id',
    description: 'public OAuth client of desktops, required for sign-in',
  }),
  oidcScopes: setting(text.default('openid offline_access'), {
    env: ['OIDC_SCOPES'],
    allowed: 'a space-separated list of scopes',
    description: 'scopes that desktops request',
  }),
  oidcRequiredScope: setting(text.regex(/^\S+$/).optional(), {
    env: ['OIDC_REQUIRED_SCOPE'],
    allowed: 'one scope',
    description: 'scope that access tokens must have',
  }),
  maxConcurrentStreams: integer('RATE_LIMIT_MAX_CONCURRENT', 256, 'concurrent requests per owner'),
  maxQueued: integer('QUEUE_LENGTH', 32, 'queued requests per owner, beyond the concurrent ones', {
    min: 0,
  }),
  queueWaitMs: duration('QUEUE_TIMEOUT', 10_000, 'maximum time in the queue'),
  maxRequests: integer('TUNNEL_RATE_LIMIT_MAX_REQUESTS', 0, 'requests per window and owner, 0 for no limit', {
    min: 0,
    aliases: [PER_MINUTE, 'RATE_LIMIT_MAX'],
  }),
  maxRequestsPerKey: integer('RATE_LIMIT_PER_KEY', 0, 'requests per window and key, 0 for no limit', {
    min: 0,
  }),
  maxRequestsPerAddress: integer(
    'RATE_LIMIT_PER_ADDRESS',
    0,
    'requests per window and client address, 0 for no limit',
    {
      min: 0,
    },
  ),
  rateWindowMs: duration('TUNNEL_RATE_LIMIT_WINDOW', MINUTE_MS, 'length of the rate limit window', {
    min: 1_000,
    aliases: ['RATE_LIMIT_WINDOW'],
  }),
  maxAuthFailures: integer(
    'AUTH_FAILURES_PER_MINUTE',
    60,
    'wrong keys and tokens per minute and address, 0 for no limit',
    { min: 0 },
  ),
  breakerFailures: integer(
    'BREAKER_FAILURES',
    5,
    'consecutive failures of a model server that open its circuit breaker',
  ),
  breakerPauseMs: duration(
    'BREAKER_PAUSE',
    10_000,
    'time until an open circuit breaker lets one request through',
    { min: 1_000 },
  ),
  /** For any request body except blobs. */
  maxBodyBytes: integer(
    'MAX_BODY_BYTES',
    512 * 1024 * 1024,
    'maximum size of a request body; blobs have no limit',
  ),
  maxBodyMemoryBytes: integer(
    'MAX_BODY_MEMORY',
    64 * 1024 * 1024,
    'memory for buffered bodies (requests routed by model, and late errors)',
  ),
  maxBodyMemoryBytesPerOwner: integer(
    'MAX_BODY_MEMORY_PER_OWNER',
    16 * 1024 * 1024,
    'memory for buffered bodies per owner',
  ),
  maxWindowMemoryBytes: integer(
    'MAX_WINDOW_MEMORY',
    128 * 1024 * 1024,
    'memory for responses to slow clients, in addition to 256 KiB each; beyond it, responses slow down',
  ),
  maxWindowMemoryBytesPerOwner: integer(
    'MAX_WINDOW_MEMORY_PER_OWNER',
    32 * 1024 * 1024,
    'memory for responses to slow clients per owner',
  ),
  maxHeaderBytes: integer(
    'MAX_HEADER_BYTES',
    32 * 1024,
    'maximum size of request line and header fields together',
    {
      min: 1024,
    },
  ),
  headersTimeoutMs: duration('HEADERS_TIMEOUT', 10_000, 'time for all header fields of a request to arrive'),
  requestTimeoutMs: optionalDuration(
    'TUNNEL_REQUEST_TIMEOUT',
    'sets ACK_TIMEOUT and the idle timeout of a response after its first byte',
  ),
  ackTimeoutMs: duration('ACK_TIMEOUT', 10_000, 'time for the bridge to accept a request'),
  idleTimeoutMs: duration('IDLE_TIMEOUT', 3_600_000, 'time without a byte in either direction'),
  pingIntervalMs: duration('PING_INTERVAL', 30_000, 'time between pings on a tunnel', {
    aliases: ['TUNNEL_PING_INTERVAL'],
  }),
  pongTimeoutMs: duration('PONG_TIMEOUT', 5000, 'time after a ping for any data to arrive'),
  maxMissedPongs: integer('MAX_MISSED_PONGS', 3, 'unanswered pings that close a connection'),
  webSocketPath: setting(text.regex(/^\/[\w./~-]*$/).default('/ws/tunnel'), {
    env: ['WEBSOCKET_PATH', 'TUNNEL_WEBSOCKET_PATH'],
    allowed: 'a path such as /ws/tunnel',
    description: 'path for tunnels, in addition to /ws/tunnel and /ws',
  }),
  /** A 64 KiB slice and its frame header must fit. */
  maxFrameBytes: integer('MAX_FRAME_SIZE', 1_048_576, 'maximum size of a tunnel frame', { min: 128 * 1024 }),
  frameWarnBytes: integer('FRAME_WARN_THRESHOLD', 524_288, 'size above which a WebSocket message is logged'),
  compressionEnabled: toggle('COMPRESSION_ENABLED', false, 'permessage-deflate on tunnels'),
  compressionLevel: integer('COMPRESSION_LEVEL', 3, 'compression level', { min: 0, max: 9 }),
  compressionThresholdBytes: integer(
    'COMPRESSION_THRESHOLD',
    1024,
    'size below which messages are not compressed',
    {
      min: 0,
    },
  ),
  closeTimeoutMs: duration('CLOSE_TIMEOUT', 5000, 'time for a bridge to answer a WebSocket close frame'),
  graceMs: duration('SESSION_GRACE', 120_000, 'time that a disconnected tunnel keeps its requests'),
  drainMs: duration('DRAIN_TIMEOUT', 600_000, 'time for requests to finish when the relay stops', { min: 0 }),
  drainDelayMs: duration('DRAIN_DELAY', 0, 'time that a stopping relay reports not ready before it drains', {
    min: 0,
  }),
  redisUrl: setting(text.refine(isRedisUrl).optional(), {
    env: ['REDIS_URL'],
    allowed: 'a redis:// or rediss:// URL',
    description: 'Redis shared by several relays, which then act as one',
    isSecret: true,
  }),
  relayKey: setting(text.optional(), {
    env: ['RELAY_KEY'],
    allowed: 'the content of a relay-key.json',
    description: 'signing key, instead of the file in the data directory',
    isSecret: true,
  }),
  internalHost: setting(text.optional(), {
    env: ['INTERNAL_HOST'],
    allowed: 'a host name or an address',
    description: 'listen address for other relays of the same Redis',
    shownDefault: 'this machine only, 127.0.0.1',
  }),
  internalPort: integer('INTERNAL_PORT', 0, 'port for other relays of the same Redis, 0 for any free port', {
    min: 0,
    max: 65_535,
  }),
  /** Without a trailing slash. */
  internalUrl: setting(text.transform(toPublicUrl).transform(toTlsUrl).optional(), {
    env: ['INTERNAL_URL'],
    allowed: 'an https URL without credentials, query or fragment',
    description: 'URL of this relay for other relays of the same Redis, if it differs',
  }),
  maxConnections: integer('MAX_TOTAL_CONNECTIONS', 20_000, 'maximum sockets of clients and bridges together'),
  maxConnectionsPerAddress: integer(
    'MAX_CONNECTIONS_PER_ADDRESS',
    1000,
    'maximum sockets per address; trusted proxies may have more',
  ),
  maxTunnels: integer('MAX_TUNNELS', 15_000, 'maximum tunnels of all owners'),
  maxTunnelsPerOwner: integer('TUNNEL_MAX_CONNECTIONS_PER_USER', 5, 'maximum tunnels per owner', {
    aliases: ['MAX_CONNECTIONS_PER_USER'],
  }),
  ...JOB_SETTINGS,
  maxStreams: integer('MAX_STREAMS', 10_000, 'concurrent requests of all owners'),
  corsOrigins: setting(list.pipe(z.array(text.refine(isOrigin))).default(['*']), {
    env: ['CORS_ORIGINS'],
    allowed: '* or a comma-separated list of origins such as https://chat.example',
    description: 'origins whose pages may read responses, * for any',
  }),
  operatorToken: setting(text.min(16).optional(), {
    env: ['OPERATOR_TOKEN'],
    allowed: 'a token of at least 16 characters',
    description: 'bearer token for /metrics',
    isSecret: true,
  }),
  metricsOnLoopback: toggle('METRICS_ON_LOOPBACK', false, 'serve /metrics to this machine without a token'),
  auditLog: setting(text.optional(), {
    env: ['AUDIT_LOG'],
    allowed: '"stderr" or a file',
    description: 'destination of the audit log: stderr or a file',
  }),
  chatPage: toggle('CHAT_PAGE', true, 'serve the chat page to browsers'),
  securityContact: setting(text.refine(isContact).default(SECURITY_POLICY), {
    env: ['SECURITY_CONTACT'],
    allowed: 'an https or mailto URI',
    description: 'contact in /.well-known/security.txt',
  }),
  trustedProxies: setting(
    list.transform(toBlockList).default(() => toBlockList([])),
    {
      env: ['TRUSTED_PROXIES'],
      allowed: 'none, or a comma-separated list of "loopback", addresses and CIDR ranges',
      description: 'peers whose X-Forwarded-For is trusted',
      shownDefault: 'none',
    },
  ),
  trustedHosts: setting(list.pipe(z.array(text.regex(/^[\w.-]+$/))).default([]), {
    env: ['TRUSTED_HOSTS'],
    allowed: 'a comma-separated list of host names without ports',
    description: 'additional host names accepted for pairing and /metrics, besides that of PUBLIC_URL',
  }),
  trustedOrigins: setting(list.pipe(z.array(text.refine(isOneOrigin))).default([]), {
    env: ['TRUSTED_ORIGINS'],
    allowed: 'a comma-separated list of origins such as https://console.example',
    description: 'additional origins whose pages may pair devices and open tunnels',
  }),
})
