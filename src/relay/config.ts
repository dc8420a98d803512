import { BlockList, isIP } from 'node:net'
import envPaths from 'env-paths'
import { z } from 'zod'
import { AppError } from '../shared/errors.ts'
import { isPersonId, PERSON_PREFIX } from './auth/person-id.ts'

/** Where a setting comes from besides its flag, and what may stand there. */
interface Meta {
  /** Environment variables, the first that is set wins. */
  readonly env: readonly string[]
  /** Completes "must be …". */
  readonly allowed: string
  /** What some variables mean by their short form. */
  readonly spellOut?: Readonly<Record<string, (value: string) => string>>
}

const metas = z.registry<Meta>()

function setting<T extends z.ZodType>(schema: T, allowed: string, ...env: string[]): T {
  metas.add(schema, { allowed, env })
  return schema
}

const text = z.string().trim().min(1)
const digits = z.union([z.number(), z.string().trim().regex(/^\d+$/).transform(Number)])

function integer(
  name: string,
  fallback: number,
  min = 1,
  max = Number.MAX_SAFE_INTEGER,
  ...aliases: string[]
) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  const schema = digits.pipe(z.number().int().min(min).max(max)).default(fallback)
  return setting(schema, `a whole number ${range}`, name, ...aliases)
}

/** Identity providers that people know by their domain. */
const ISSUERS_BY_DOMAIN = {
  SUPABASE_AUTH_DOMAIN: (domain: string) => `https://${domain}/auth/v1`,
  AUTH0_DOMAIN: (domain: string) => `https://${domain}/`,
}

/** Timers of node take no more. */
const MAX_MS = 2 ** 31 - 1

function duration(name: string, fallbackMs: number) {
  return integer(name, fallbackMs, 1, MAX_MS)
}

function issuerList() {
  const schema = list.pipe(z.array(text.refine(isIssuer))).default([])
  metas.add(schema, {
    allowed: 'a comma-separated list of https URLs, with http on this machine alone',
    env: ['OIDC_ISSUER', 'SUPABASE_AUTH_ISSUER', ...Object.keys(ISSUERS_BY_DOMAIN)],
    spellOut: ISSUERS_BY_DOMAIN,
  })
  return schema
}

const list = text.transform((value) => value.split(',').map((item) => item.trim()))

const RelayConfigSchema = z.object({
  host: setting(text.default('127.0.0.1'), 'a host name or an address', 'HOST'),
  /** 0 = any free port. */
  port: integer('PORT', 3001, 0, 65_535, 'WEBSOCKET_PORT'),
  /** What users type, where a reverse proxy stands in front. Without a slash at the end. */
  publicUrl: setting(
    text.transform(toPublicUrl).optional(),
    'an http(s) URL without credentials, query or fragment',
    'PUBLIC_URL',
  ),
  /** Holds the signing key and nothing else. */
  dataDir: setting(
    text.default(() => envPaths('cloudtolocalllm', { suffix: '' }).data),
    'a directory',
    'CLOUDTOLOCALLLM_DATA_DIR',
  ),
  /** Whom a pairing code makes a device belong to. */
  owner: setting(
    text
      .max(200)
      .refine((name) => !isPersonId(name))
      .default('owner'),
    `a name of at most 200 characters that does not begin with ${PERSON_PREFIX}`,
    'RELAY_OWNER',
  ),
  /** Whether one-time codes make devices somebody's. */
  pairingEnabled: setting(
    z
      .enum(['true', 'false'])
      .default('true')
      .transform((value) => value === 'true'),
    'true or false',
    'PAIRING_ENABLED',
  ),
  /** Whose access tokens are accepted. Desktops sign in at the first. */
  oidcIssuers: issuerList(),
  /** Whom access tokens must be meant for: one of these. */
  oidcAudiences: setting(
    list.default([]),
    'a comma-separated list of audiences',
    'OIDC_AUDIENCE',
    'SUPABASE_AUTH_AUDIENCE',
    'AUTH0_AUDIENCE',
  ),
  /** The public client that desktops sign in as; without one they cannot. */
  oidcClientId: setting(text.optional(), 'a client id', 'OIDC_CLIENT_ID'),
  oidcScopes: setting(
    text.default('openid offline_access'),
    'a list of scopes with spaces in between',
    'OIDC_SCOPES',
  ),
  /** Without it a token is refused. */
  oidcRequiredScope: setting(text.regex(/^\S+$/).optional(), 'one scope', 'OIDC_REQUIRED_SCOPE'),
  /** Of one owner. */
  maxConcurrentStreams: integer('RATE_LIMIT_MAX_CONCURRENT', 256),
  /** Of one owner; 0 = no limit. */
  requestsPerMinute: integer('RATE_LIMIT_REQUESTS_PER_MINUTE', 0, 0),
  /** Of any request body but a blob. */
  maxBodyBytes: integer('MAX_BODY_BYTES', 512 * 1024 * 1024),
  maxHeaderBytes: integer('MAX_HEADER_BYTES', 32 * 1024, 1024),
  headersTimeoutMs: duration('HEADERS_TIMEOUT', 10_000),
  /** From opening a stream to the bridge's acceptance. */
  ackTimeoutMs: duration('ACK_TIMEOUT', 10_000),
  /** Without a byte in either direction. */
  idleTimeoutMs: duration('IDLE_TIMEOUT', 3_600_000),
  pingIntervalMs: duration('PING_INTERVAL', 30_000),
  pongTimeoutMs: duration('PONG_TIMEOUT', 5000),
  maxMissedPongs: integer('MAX_MISSED_PONGS', 3),
  /** Of one WebSocket message. A slice of 64 KiB and its frame must fit. */
  maxFrameBytes: integer('MAX_FRAME_SIZE', 1_048_576, 128 * 1024),
  /** How long a session waits for a new carrier. */
  graceMs: duration('SESSION_GRACE', 120_000),
  /** How long a stopping relay waits for its streams. */
  drainMs: integer('DRAIN_TIMEOUT', 10_000, 0, MAX_MS),
  /** Sockets, of clients and bridges together. */
  maxConnections: integer('MAX_TOTAL_CONNECTIONS', 20_000),
  /** `*` = any. */
  corsOrigins: setting(
    list.pipe(z.array(text.refine(isOrigin))).default(['*']),
    '* or a comma-separated list of origins such as https://chat.example',
    'CORS_ORIGINS',
  ),
  /** Opens /metrics to others than loopback peers. */
  operatorToken: setting(text.min(16).optional(), 'a token of at least 16 characters', 'OPERATOR_TOKEN'),
  /** A place of its own for the audit: `stderr`, or a file. */
  auditLog: setting(text.optional(), '"stderr" or a file', 'AUDIT_LOG'),
  /** Peers whose X-Forwarded-For is believed. */
  trustedProxies: setting(
    list.transform(toBlockList).default(() => toBlockList(['loopback'])),
    'none, or a comma-separated list of "loopback", addresses and CIDR ranges',
    'TRUSTED_PROXIES',
  ),
})

/** The relay's settings, complete and checked. */
export type RelayConfig = Readonly<z.output<typeof RelayConfigSchema>>

/** Settings as somebody typed them; `undefined` = not given. */
export type RelayFlags = { readonly [Name in keyof RelayConfig]?: string | number | undefined }

/**
 * Flags beat the environment, which beats the defaults. An empty variable counts as unset.
 * @throws AppError CONFIG_INVALID: one line that names the flag or the variable, and what is allowed.
 */
export function parseRelayConfig(flags: RelayFlags, env: Record<string, string | undefined>): RelayConfig {
  const given: Record<string, unknown> = {}
  const labels: Record<string, string> = {}
  for (const [name, schema] of Object.entries(RelayConfigSchema.shape)) {
    const flag = flags[name as keyof RelayFlags]
    const { env: variables = [], spellOut = {} } = metas.get(schema) ?? {}
    const variable = variables.find((key) => env[key])
    const value = variable === undefined ? undefined : env[variable]
    given[name] = flag ?? (variable && value ? (spellOut[variable]?.(value) ?? value) : undefined)
    labels[name] = flag !== undefined || variable === undefined ? flagFor(name) : variable
  }
  const result = RelayConfigSchema.safeParse(given)
  if (result.success) return checkedSignIn(result.data)
  const name = String(result.error.issues[0]?.path[0])
  const schema = RelayConfigSchema.shape[name as keyof RelayConfig]
  throw new AppError('CONFIG_INVALID', `${labels[name]} must be ${metas.get(schema)?.allowed}`)
}

/** A token that is meant for somebody else must not open this relay, and somebody must be able to get in. */
function checkedSignIn(config: RelayConfig): RelayConfig {
  const { oidcIssuers, oidcAudiences, pairingEnabled } = config
  if (oidcIssuers.length > 0 && oidcAudiences.length === 0)
    throw new AppError('CONFIG_INVALID', 'OIDC_AUDIENCE must be set where OIDC_ISSUER is')
  if (oidcIssuers.length === 0 && !pairingEnabled)
    throw new AppError('CONFIG_INVALID', 'PAIRING_ENABLED=false needs OIDC_ISSUER: nobody could sign in')
  return config
}

function flagFor(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function toPublicUrl(value: string, context: z.RefinementCtx): string {
  const url = URL.parse(value)
  const plain = url !== null && !url.username && !url.password && !url.search && !url.hash
  if (plain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '')
  context.addIssue('not a plain http(s) URL')
  return z.NEVER
}

/** Keys and sign-ins come from there, so nobody on the way may change what it says. */
function isIssuer(value: string): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname)
}

function isOrigin(value: string): boolean {
  return value === '*' || URL.parse(value)?.origin === value
}

function toBlockList(items: readonly string[], context?: z.RefinementCtx): BlockList {
  const peers = new BlockList()
  for (const item of items) {
    if (item === 'none') continue
    const ranges = item === 'loopback' ? ['127.0.0.0/8', '::1'] : [item]
    if (!ranges.every((range) => addRange(peers, range))) context?.addIssue(`not an address: ${item}`)
  }
  return peers
}

function addRange(peers: BlockList, range: string): boolean {
  const [address = '', prefix, ...rest] = range.split('/')
  const version = isIP(address)
  const bits = version === 4 ? 32 : 128
  if (version === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return false
  if (Number(prefix ?? bits) > bits) return false
  peers.addSubnet(address, Number(prefix ?? bits), version === 4 ? 'ipv4' : 'ipv6')
  return true
}
