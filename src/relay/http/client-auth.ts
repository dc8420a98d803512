import { AppError } from '../../shared/errors.ts'
import { addressOfKey } from '../../shared/key-format.ts'
import type { RawHeaders } from '../../shared/proxy-head.ts'
import { parseTarget } from '../../shared/request-path.ts'
import { judgeHeaders, judgeLength } from '../../shared/text-limits.ts'

/** What a client shows of itself. Not yet judged. */
export type ClientCredential =
  | { readonly kind: 'key'; readonly key: string; readonly address: string }
  | { readonly kind: 'token'; readonly token: string }
  /** Something is there, but it cannot be a credential; `why` is fit for the client. */
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'none' }

/** What the relay answers by itself. */
export type OwnRoute =
  | 'root'
  | 'health'
  | 'live'
  | 'ready'
  | 'metrics'
  | 'pair'
  | 'wellKnown'
  | 'chunks'
  | 'tunnelHealth'
  | 'tunnelStatus'
  | 'tunnelUserHealth'
  | 'tunnelMetrics'

interface Addressed {
  /** Without the query and without `/k/<key>`: fit for a log. */
  readonly path: string
  readonly credential: ClientCredential
  /** Whose tunnel the path names, where it names one. */
  readonly userId: string | undefined
}

/** Where a request goes. */
export type ClientRequest =
  /** `target` is what the upstream is asked for: path and query, percent-encoding untouched. */
  | ({ readonly kind: 'upstream'; readonly target: string } & Addressed)
  | ({ readonly kind: 'own'; readonly name: OwnRoute } & Addressed)
  | ({ readonly kind: 'wrongMethod'; readonly allow: readonly string[] } & Addressed)
  | ({ readonly kind: 'unknown' } & Addressed)

/** The parts of node's IncomingMessage that matter here. */
export interface ClientRequestLine {
  readonly method: string
  readonly url: string
  readonly rawHeaders: RawHeaders
}

const GET = ['GET', 'HEAD']
const OWN: Readonly<Record<string, { readonly name: OwnRoute; readonly methods: readonly string[] }>> = {
  '/': { name: 'root', methods: GET },
  '/health': { name: 'health', methods: GET },
  '/health/live': { name: 'live', methods: GET },
  '/health/ready': { name: 'ready', methods: GET },
  '/metrics': { name: 'metrics', methods: GET },
  '/api/pair': { name: 'pair', methods: ['POST'] },
  '/.well-known/cloudtolocalllm': { name: 'wellKnown', methods: GET },
  '/.well-known/cloudtolocalllm/chunks': { name: 'chunks', methods: ['GET'] },
  '/api/tunnel/health': { name: 'tunnelHealth', methods: GET },
  '/api/tunnel/status': { name: 'tunnelStatus', methods: GET },
  '/api/tunnel/metrics': { name: 'tunnelMetrics', methods: GET },
}

/** What a browser must not be made to do for somebody else's page, and nobody may reach by another path. */
const GUARDED: ReadonlySet<OwnRoute> = new Set<OwnRoute>(['metrics', 'pair'])

export function isGuarded(name: OwnRoute): boolean {
  return GUARDED.has(name)
}

const KEY_PREFIX = /^\/k\/([^/?]*)/
const USER_HEALTH = /^\/api\/tunnel\/health\/([^/]+)$/
const USER_PREFIX = /^\/api\/tunnel\/(?!(?:health|status|metrics)(?:\/|$))([^/]+)/

/**
 * Finds out where a request goes and what it shows for itself.
 * @throws AppError BAD_PATH, URI_TOO_LONG, TEXT_TOO_LONG, HEADERS_TOO_LARGE
 */
export function parseClientRequest({ method, url, rawHeaders }: ClientRequestLine): ClientRequest {
  judgeHeaders(rawHeaders)
  const pathKey = KEY_PREFIX.exec(url)
  // Where we see a key, a proxy in front may see dot segments.
  if (pathKey !== null) parseTarget(pathKey[0])
  const { path, query } = parseTarget(pathKey === null ? url : behind(pathKey[0], url))
  const credential = credentialIn(rawHeaders, pathKey?.[1])
  const user = USER_PREFIX.exec(path)
  if (user === null) {
    const request = ownOr(method, path, query, credential)
    // Proxies in front judge the whole path, and may keep these to themselves.
    const isHidden = pathKey !== null && isGuardedPath(path)
    return isHidden ? { kind: 'unknown', path, credential, userId: undefined } : request
  }
  return forUser(method, path.slice(user[0].length) + query, { path, credential, userId: decoded(user[1]) })
}

/** @param path without the query */
export function isGuardedPath(path: string): boolean {
  const own = OWN[path]
  return own !== undefined && isGuarded(own.name)
}

/** The path behind a key or a user, however unacceptable it is: tells in which dialect to say so. */
export function unprefixed(url: string): string {
  return url.replace(KEY_PREFIX, '').replace(USER_PREFIX, '')
}

function behind(prefix: string, url: string): string {
  const rest = url.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

function ownOr(method: string, path: string, query: string, credential: ClientCredential): ClientRequest {
  const health = USER_HEALTH.exec(path)
  const userId = health === null ? undefined : decoded(health[1])
  const addressed = { path, credential, userId }
  const own = health === null ? OWN[path] : ({ name: 'tunnelUserHealth', methods: GET } as const)
  if (own !== undefined) return ownFor(method, own, addressed)
  return upstreamFor(path + query, addressed)
}

/** Behind a user stands what their upstream has, and its root. */
function forUser(method: string, target: string, addressed: Addressed): ClientRequest {
  if (/^\/?(?:\?|$)/.test(target)) return ownFor(method, { name: 'root', methods: GET }, addressed)
  return upstreamFor(target, addressed)
}

function ownFor(
  method: string,
  { name, methods }: { readonly name: OwnRoute; readonly methods: readonly string[] },
  addressed: Addressed,
): ClientRequest {
  if (!methods.includes(method)) return { kind: 'wrongMethod', allow: methods, ...addressed }
  return { kind: 'own', name, ...addressed }
}

/** Whether such a path exists at the upstream is for the bridge to say: it may know more routes than this relay. */
function upstreamFor(target: string, addressed: Addressed): ClientRequest {
  const isUpstream = /^\/(?:api|v1)\/(?!tunnel(?:[/?]|$))/.test(target)
  return isUpstream ? { kind: 'upstream', target, ...addressed } : { kind: 'unknown', ...addressed }
}

/** @throws AppError TEXT_TOO_LONG */
function decoded(segment = ''): string {
  // Cannot be malformed: the path has been decoded as a whole before.
  const userId = decodeURIComponent(segment)
  judgeLength('userId', userId)
  return userId
}

/**
 * What does not look like a credential is passed over as long as something else does: OpenAI clients cannot be made to
 * send no API key, so a key in the path comes with a placeholder such as "ollama" in the header.
 */
function credentialIn(headers: RawHeaders, pathKey: string | undefined): ClientCredential {
  const shown = shownIn(headers)
  if (pathKey !== undefined) shown.push(toCredential(pathKey))
  const [first, ...others] = shown.filter(({ kind }) => kind !== 'malformed')
  if (first === undefined) return shown[0] ?? { kind: 'none' }
  if (others.every((other) => isSame(first, other))) return first
  return { kind: 'malformed', why: 'The request carries several different credentials. Send one.' }
}

function shownIn(headers: RawHeaders): ClientCredential[] {
  const shown: ClientCredential[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase()
    const value = headers[i + 1]?.trim() ?? ''
    if (name === 'authorization') shown.push(toCredential(/^Bearer +(\S+)$/i.exec(value)?.[1] ?? ''))
    if (name === 'x-api-key') shown.push(toCredential(value))
  }
  return shown
}

function toCredential(text: string): ClientCredential {
  const address = addressOfKey(text)
  if (address !== undefined) return { kind: 'key', key: text, address }
  // A JWT in compact form; ours and every OIDC provider's are signed.
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return { kind: 'token', token: text }
  return { kind: 'malformed', why: new AppError('UNAUTHORIZED').message }
}

function isSame(a: ClientCredential, b: ClientCredential): boolean {
  if (a.kind === 'key') return b.kind === 'key' && a.key === b.key
  return a.kind === 'token' && b.kind === 'token' && a.token === b.token
}
